//! The server as its users meet it: over a real port, and as a process.

mod arrange;
mod cors;
mod events;
mod guard;
mod harness;
mod influx;
mod keys;
mod pages;
mod process;
mod session;
