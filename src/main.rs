//! The door: arguments, configuration, logging, the command, the exit code.

fn main() {}
