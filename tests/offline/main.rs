//! What needs no broker: commands, files, schema and what must hold for any page. One binary, since each that is linked costs.

mod cli;
mod content_hash;
mod explain;
mod file_mode;
mod hostile;
mod live_blogs;
mod schema;
mod split_cases;
