//! The binary `tideboard`.
fn main() {}
