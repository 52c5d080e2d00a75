//! One connection's messages, both ways.

use std::sync::Arc;

use serde::Serialize;
use socketioxide::extract::{AckSender, SocketRef, TryData};
use socketioxide::{ParserError, SendError, SocketError};
use tideboard_model::{Problem, ProblemCode};
use tideboard_sync::wire::{Clock, Credit, Follow, ProblemMessage, Subscribe, Subscribed, Unfollow, Unsubscribe};

use super::admission::Admitted;
use super::connection::Connection;
use super::feeds::{Feeds, SocketFeeds, acknowledge};
use super::notices::leave;
use super::veil::{self, Allowed};
use crate::app::AppState;
use crate::engine::{Busy, Undelivered, ViewerId};

/// Serves a connection that was let in. Handlers run in the order of the messages and never wait.
pub(super) fn serve(
    app: AppState,
    feeds: Feeds,
) -> impl Fn(SocketRef) -> std::future::Ready<()> + Clone + Send + Sync + 'static {
    move |socket: SocketRef| {
        attach(&app, &feeds, &socket);
        std::future::ready(())
    }
}

fn attach(app: &AppState, feeds: &Feeds, socket: &SocketRef) {
    let viewer = ViewerId::next();
    let engine = app.engine.clone();
    let followed = Arc::<SocketFeeds>::default();
    let ends = Arc::clone(&followed);
    socket.on_disconnect(move || async move {
        ends.close();
        engine.gone(viewer).await;
    });
    on_subscribe(app, socket, viewer);
    on_follow(feeds, socket, &followed);
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
            match &message.feed {
                Some(feed) => followed.grant(feed, message.until),
                None => engine.credit(viewer, message).unwrap_or_else(|busy| too_busy(&socket, busy)),
            }
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
    let connection = Connection::new(socket, app.log.standing(), leave(app));
    if app.engine.connected(viewer, Box::new(connection)).is_err() {
        too_busy(socket, Busy);
    }
}

fn on_subscribe(app: &AppState, socket: &SocketRef, viewer: ViewerId) {
    let engine = app.engine.clone();
    socket.on("subscribe", move |socket: SocketRef, TryData(message): TryData<Subscribe>, ack: AckSender| {
        let message = understood(&socket, "subscribe", message);
        let admitted = socket.extensions.get::<Arc<Admitted>>();
        if let Some((message, admitted)) = message.zip(admitted) {
            let (allowed, denied) = Allowed::of(&admitted, message).parts();
            let answer = move |subscribed: &Subscribed| {
                if let Err(error) = ack.send(&Allowed::answer(denied, subscribed)) {
                    tracing::debug!(%error, "a subscription could not be acknowledged");
                }
            };
            engine.subscribe(viewer, allowed, Box::new(answer)).unwrap_or_else(|busy| too_busy(&socket, busy));
        }
        std::future::ready(())
    });
}

fn on_follow(feeds: &Feeds, socket: &SocketRef, followed: &Arc<SocketFeeds>) {
    let (feeds, of_socket) = (feeds.clone(), Arc::clone(followed));
    socket.on("follow", move |socket: SocketRef, TryData(message): TryData<Follow>, ack: AckSender| {
        let message = understood(&socket, "follow", message);
        let admitted = socket.extensions.get::<Arc<Admitted>>();
        if let Some((message, admitted)) = message.zip(admitted) {
            match veil::follow(&admitted, message) {
                Err(refused) => acknowledge(ack, &refused),
                Ok(message) => feeds.follow(&socket, &of_socket, message, ack),
            }
        }
        std::future::ready(())
    });
    let of_socket = Arc::clone(followed);
    socket.on("unfollow", move |socket: SocketRef, TryData(message): TryData<Unfollow>| {
        if let Some(message) = understood(&socket, "unfollow", message) {
            of_socket.unfollow(&message.feeds);
        }
        std::future::ready(())
    });
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

/// Hands a message to a connection, if it has room for it.
pub(super) fn emit<T: Serialize>(socket: &SocketRef, event: &str, message: &T) -> Result<(), Undelivered> {
    socket.emit(event, message).map_err(|error| match error {
        SendError::Socket(SocketError::InternalChannelFull) => Undelivered::Full,
        SendError::Socket(SocketError::Closed) => Undelivered::Gone,
        SendError::Serialize(error) => {
            tracing::error!(%error, event, "a message could not be encoded");
            Undelivered::Gone
        }
    })
}
