//! The engine's way to a viewer: one connection.

use std::sync::Arc;

use axum::http::header::SEC_WEBSOCKET_KEY;
use socketioxide::TransportType;
use socketioxide::extract::SocketRef;
use tideboard_log::Standing;
use tideboard_sync::FrameMessage;
use tideboard_sync::wire::{Closing, Hello, ProblemMessage, Stale};
use tokio::sync::watch;

use super::admission::Admitted;
use super::messages::emit;
use super::notices::stale;
use super::veil;
use crate::engine::{Outbox, Undelivered, Writes};
use crate::server::Written;

/// A connection that messages are handed to.
pub(super) struct Connection {
    socket: SocketRef,
    admitted: Option<Arc<Admitted>>,
    /// Of the connection that began as a WebSocket. One that began with polling goes on over another.
    written: Option<Written>,
    standing: watch::Receiver<Standing>,
    /// That a server which is stopping tells who comes all the same.
    leave: Option<Closing>,
}

impl Connection {
    pub(super) fn new(socket: &SocketRef, standing: watch::Receiver<Standing>, leave: Option<Closing>) -> Self {
        let opened = socket.req_parts();
        // Not by how it writes now: it may have gone over before it was let in.
        let began_as_websocket = opened.headers.contains_key(SEC_WEBSOCKET_KEY);
        let written = began_as_websocket.then(|| opened.extensions.get::<Written>().cloned()).flatten();
        let admitted = socket.extensions.get::<Arc<Admitted>>();
        Self { socket: socket.clone(), admitted, written, standing, leave }
    }
}

impl Outbox for Connection {
    fn writes(&self) -> Writes {
        match (self.socket.transport_type(), &self.written) {
            (TransportType::Polling, _) => Writes::Fetched,
            (TransportType::Websocket, None) => Writes::AtOnce,
            (TransportType::Websocket, Some(written)) => Writes::Times(written.times()),
        }
    }

    fn hello(&self, message: &Hello) -> Result<(), Undelivered> {
        emit(&self.socket, "hello", message)?;
        match stale(*self.standing.borrow()) {
            Stale { since: None } => {}
            stale => emit(&self.socket, "stale", &stale)?,
        }
        self.leave.as_ref().map_or(Ok(()), |leave| emit(&self.socket, "closing", leave))
    }

    fn frame(&self, message: &FrameMessage) -> Result<(), Undelivered> {
        match &self.admitted.as_ref().and_then(|admitted| admitted.seal.as_ref()) {
            None => emit(&self.socket, "frame", message),
            Some(seal) => emit(&self.socket, "frame", &veil::frame(seal, &message.frame())),
        }
    }

    fn problem(&self, message: &ProblemMessage) -> Result<(), Undelivered> {
        emit(&self.socket, "problem", message)
    }

    fn closing(&self, message: &Closing) -> Result<(), Undelivered> {
        emit(&self.socket, "closing", message)
    }
}
