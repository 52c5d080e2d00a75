//! The way to the viewer of one feed.

use std::sync::{Arc, Weak};

use serde_json::value::RawValue;
use socketioxide::extract::{AckSender, SocketRef};
use tideboard_access::PositionSeal;
use tideboard_sync::wire::{Followed, Page, ProblemMessage};

use super::run::Outbox;
use super::{SocketFeeds, acknowledge};
use crate::engine::Undelivered;
use crate::socket::admission::Admitted;
use crate::socket::messages::emit;
use crate::socket::veil;

/// A socket, for one of its feeds.
pub(super) struct FeedViewer {
    socket: SocketRef,
    ack: Option<AckSender>,
    feeds: Weak<SocketFeeds>,
    name: (String, u64),
    stream: String,
    admitted: Option<Arc<Admitted>>,
}

impl FeedViewer {
    pub(super) fn new(
        socket: SocketRef,
        ack: AckSender,
        feeds: Weak<SocketFeeds>,
        name: (String, u64),
        stream: String,
    ) -> Self {
        let admitted = socket.extensions.get::<Arc<Admitted>>();
        Self { socket, ack: Some(ack), feeds, name, stream, admitted }
    }

    fn seal(&self) -> Option<&PositionSeal> {
        self.admitted.as_ref()?.seal.as_ref()
    }

    /// Before the viewer is told so: it may take the name again at once.
    fn ended(&self) {
        if let Some(feeds) = self.feeds.upgrade() {
            feeds.ended(&self.name);
        }
    }
}

impl Outbox for FeedViewer {
    fn followed(&mut self, message: &Followed) {
        if let Followed::Refused { .. } = message {
            self.ended();
        }
        if let Some(ack) = self.ack.take() {
            match self.seal() {
                None => acknowledge(ack, message),
                Some(seal) => acknowledge(ack, &veil::followed(seal, &self.stream, message)),
            }
        }
    }

    fn page(&self, message: &Page<Box<RawValue>>) -> Result<(), Undelivered> {
        match self.seal() {
            None => emit(&self.socket, "page", message),
            Some(seal) => emit(&self.socket, "page", &veil::page(seal, &self.stream, message)),
        }
    }

    fn over(&self, message: &ProblemMessage) {
        self.ended();
        if emit(&self.socket, "problem", message).is_err() {
            tracing::debug!("the end of a feed could not be told");
        }
    }
}
