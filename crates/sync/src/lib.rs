//! One viewer's session as a state machine without I/O, and the messages on the wire.
pub mod wire;
