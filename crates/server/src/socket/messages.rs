//! One connection's messages, both ways.

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;
use socketioxide::extract::{AckSender, SocketRef, TryData};
use socketioxide::{ParserError, SendError, SocketError};
use tideboard_access::{Action, allows};
use tideboard_model::{Problem, ProblemCode, StreamName};
use tideboard_sync::wire::{
    Clock, Closing, Credit, Frame, Hello, ProblemMessage, Subscribe, Subscribed, SubscribedView, Unsubscribe,
};

use crate::app::AppState;
use crate::auth::SignedIn;
use crate::engine::{Busy, Outbox, Undelivered, ViewerId};

/// Serves a connection that was let in. Handlers run in the order of the messages and never wait.
pub(super) fn serve(app: AppState) -> impl Fn(SocketRef) -> std::future::Ready<()> + Clone + Send + Sync + 'static {
    move |socket: SocketRef| {
        attach(&app, &socket);
        std::future::ready(())
    }
}

fn attach(app: &AppState, socket: &SocketRef) {
    let viewer = ViewerId::next();
    let engine = app.engine.clone();
    socket.on_disconnect(move || async move { engine.gone(viewer).await });
    on_subscribe(app, socket, viewer);
    let engine = app.engine.clone();
    socket.on("unsubscribe", move |socket: SocketRef, TryData(message): TryData<Unsubscribe>| {
        if let Some(message) = understood(&socket, "unsubscribe", message) {
            engine.unsubscribe(viewer, message).unwrap_or_else(|busy| too_busy(&socket, busy));
        }
        std::future::ready(())
    });
    let engine = app.engine.clone();
    socket.on("credit", move |socket: SocketRef, TryData(message): TryData<Credit>| {
        if let Some(message) = understood(&socket, "credit", message) {
            engine.credit(viewer, message).unwrap_or_else(|busy| too_busy(&socket, busy));
        }
        std::future::ready(())
    });
    let clock = app.clock.clone();
    socket.on("clock", move |ack: AckSender| {
        if let Err(error) = ack.send(&Clock { now: clock().0 }) {
            tracing::debug!(%error, "the clock was asked by someone who is gone");
        }
        std::future::ready(())
    });
    // Last: it brings the greeting, and whoever is greeted may speak.
    if app.engine.connected(viewer, Box::new(Connection(socket.clone()))).is_err() {
        too_busy(socket, Busy);
    }
}

fn on_subscribe(app: &AppState, socket: &SocketRef, viewer: ViewerId) {
    let engine = app.engine.clone();
    socket.on("subscribe", move |socket: SocketRef, TryData(message): TryData<Subscribe>, ack: AckSender| {
        let message = understood(&socket, "subscribe", message);
        let signed_in = socket.extensions.get::<Arc<SignedIn>>();
        if let Some((message, signed_in)) = message.zip(signed_in) {
            let (allowed, denied) = decide(&signed_in, message);
            let answer = move |subscribed: &Subscribed| {
                let views = denied.into_iter().chain(subscribed.views.iter().cloned()).collect();
                if let Err(error) = ack.send(&Subscribed { views }) {
                    tracing::debug!(%error, "a subscription could not be acknowledged");
                }
            };
            engine.subscribe(viewer, allowed, Box::new(answer)).unwrap_or_else(|busy| too_busy(&socket, busy));
        }
        std::future::ready(())
    });
}

/// Parts the views that the viewer may watch from those that it may not.
fn decide(signed_in: &SignedIn, message: Subscribe) -> (Subscribe, Vec<SubscribedView>) {
    let principal = signed_in.principal();
    let mut denied = Vec::new();
    let mut views = Vec::with_capacity(message.views.len());
    for view in message.views {
        // A name that is none is refused by the session, by its place.
        let decision =
            StreamName::new(&view.query.stream).map(|stream| allows(&principal, &Action::WatchStream(stream)));
        match decision {
            Ok(tideboard_access::Decision::Denied(reason)) => {
                let problem = Problem::new(ProblemCode::Forbidden, reason.to_string());
                denied.push(SubscribedView::Refused { id: view.id, problem });
            }
            Ok(tideboard_access::Decision::Allowed) | Err(_) => views.push(view),
        }
    }
    (Subscribe { views, position: message.position }, denied)
}

fn understood<T>(socket: &SocketRef, event: &str, message: Result<T, ParserError>) -> Option<T> {
    match message {
        Ok(message) => Some(message),
        Err(error) => {
            let detail = format!("`{event}`: {error}; see docs/protocol.md");
            tell_problem(socket, Problem::new(ProblemCode::InvalidInput, detail));
            None
        }
    }
}

/// A connection that sends more than can be worked on ends: it resumes when there is room.
fn too_busy(socket: &SocketRef, busy: Busy) {
    tell_problem(socket, Problem::new(ProblemCode::Overloaded, busy.to_string()));
    if let Err(error) = socket.clone().disconnect() {
        tracing::debug!(%error, "an overloading connection could not be ended");
    }
}

fn tell_problem(socket: &SocketRef, problem: Problem) {
    if let Err(error) = socket.emit("problem", &ProblemMessage { view: None, feed: None, problem }) {
        tracing::debug!(%error, "a problem could not be told");
    }
}

struct Connection(SocketRef);

impl Connection {
    fn emit<T: Serialize>(&self, event: &str, message: &T) -> Result<(), Undelivered> {
        self.0.emit(event, message).map_err(|error| match error {
            SendError::Socket(SocketError::InternalChannelFull) => Undelivered::Full,
            SendError::Socket(SocketError::Closed) => Undelivered::Gone,
            SendError::Serialize(error) => {
                tracing::error!(%error, event, "a message could not be encoded");
                Undelivered::Gone
            }
        })
    }
}

impl Outbox for Connection {
    fn hello(&self, message: &Hello) -> Result<(), Undelivered> {
        self.emit("hello", message)
    }

    fn frame(&self, message: &Frame<Box<RawValue>>) -> Result<(), Undelivered> {
        self.emit("frame", message)
    }

    fn problem(&self, message: &ProblemMessage) -> Result<(), Undelivered> {
        self.emit("problem", message)
    }

    fn closing(&self, message: &Closing) -> Result<(), Undelivered> {
        self.emit("closing", message)
    }
}
