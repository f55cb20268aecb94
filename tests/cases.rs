//! Every test that runs the real binary or reads its cases from files.

fn main() {}
