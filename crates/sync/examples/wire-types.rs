//! Prints the TypeScript types of the wire (`make fix` writes them to `web/client/src/generated/wire.ts`).
#![allow(clippy::print_stdout, reason = "its output is its purpose")]

fn main() {
    print!("{}", tideboard_sync::wire::typescript());
}
