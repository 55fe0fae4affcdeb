//! The whole chain, from a record to its events: decode, clean, split, fingerprint. The stage and the file mode share it.
