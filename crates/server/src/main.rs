//! The binary `tideboard`.

use std::process::ExitCode;

/// Many small, short-lived pieces of memory of many threads: mimalloc gives them back to the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tideboard_server::run(std::env::args_os(), std::env::vars_os())
}
