//! The examples in `deploy/`, used as they are: balancers in front of nodes that answer as Tideboard's do, as far as a
//! balancer can tell.

mod balancer;
mod client;
mod files;
mod node;
mod requests;
mod sockets;
