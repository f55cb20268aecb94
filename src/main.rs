//! The `blockcast` command.

fn main() {}
