//! The server: HTTP, Socket.IO, configuration, telemetry and wiring around the rooms that do the work.
//!
//! It moves bytes and decides nothing: folding, sessions, policy, documents and storage are other rooms'. Start
//! reading at [`Server`], then `app` for the wiring and `http` for the addresses.

mod app;
mod auth;
mod builtin;
mod changes;
mod cli;
mod command;
pub mod config;
mod demo;
mod engine;
mod gate;
mod health;
mod host;
mod http;
mod ingest;
mod intake;
mod metrics;
mod new_key;
mod open;
mod random;
mod server;
mod slots;
mod socket;
mod source;
mod telemetry;

pub use builtin::Demo;
pub use command::run;
pub use open::OpenError;
pub use server::{Server, Welcome};
