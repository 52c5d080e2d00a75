//! A node without its log and its sockets: the engine, its viewers' sessions, and what is handed to the sockets. The one
//! place that drives both, in the order in which the server does.

use std::sync::Arc;

use serde_json::{Value, json};
use tideboard_live::{Committed, Engine, View};
use tideboard_model::{Limits, Millis, Offset, StreamName};
use tideboard_sync::wire::{Subscribe, Subscribed};
use tideboard_sync::{Effect, Encoder, Session, Settings, Verdict};

use crate::checksum::Checksum;
use crate::stream::Stream;

/// The instant at which every scenario begins.
pub(crate) const BEGIN: Millis = Millis(1_700_000_000_000);

/// Windows follow the clock so often.
const SLIDE_EVERY_MS: i64 = 100;

/// No scenario has so many frames.
const CREDIT: u64 = 1 << 32;

pub(crate) struct Node {
    now: Millis,
    next_slide: Millis,
    engine: Engine,
    encoder: Encoder,
    viewers: Vec<Session>,
    /// Every message handed over, as it stands on the wire.
    messages: Vec<String>,
}

impl Node {
    pub(crate) fn new() -> Self {
        Self {
            now: BEGIN,
            next_slide: Millis(BEGIN.0 + SLIDE_EVERY_MS),
            engine: Engine::new(),
            encoder: Encoder::new(Settings::default().max_message_bytes / 2),
            viewers: Vec::new(),
            messages: Vec::new(),
        }
    }

    /// Lets a viewer in, which asks for views that are opened empty unless they are open already, and whose positions
    /// the log proves.
    pub(crate) fn subscribe(&mut self, message: &str) -> Subscribed {
        let mut session = Session::new(Settings::default(), self.now);
        session.grant(CREDIT);
        let message: Subscribe = serde_json::from_str(message).unwrap();
        let (answer, effects) = session.subscribe(message);
        for effect in effects {
            match effect {
                Effect::Open(query) => {
                    let id = self.engine.find(&query).unwrap_or_else(|| {
                        let view = View::new(Arc::clone(&query), Limits::default(), self.now, None, Offset::ZERO);
                        let start = Stream::new(query.stream.as_str()).position;
                        self.engine.join(view, start).expect("views are opened before the first append")
                    });
                    // One query serves all sessions.
                    let shared = self.engine.view(id).map_or(query, |view| Arc::clone(view.query()));
                    session.opened(&shared, id);
                }
                Effect::Verify(stream, _) => {
                    let reached = self.engine.applied_offset(&stream).unwrap_or_default();
                    session.verified(&stream, Verdict::Proved, reached);
                }
                Effect::Close(_) => {}
            }
        }
        self.viewers.push(session);
        answer
    }

    /// Takes in the next append of a stream.
    pub(crate) fn commit(&mut self, stream: &StreamName, append: &Committed) {
        self.encoder.clear();
        self.engine.apply(stream, append).expect("appends come in order");
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, milliseconds: i64) {
        self.now = Millis(self.now.0 + milliseconds);
        if self.now >= self.next_slide {
            self.next_slide = Millis(self.now.0 + SLIDE_EVERY_MS);
            self.engine.slide(self.now);
            self.encoder.clear();
        }
    }

    /// Tells every viewer what it is to be told now.
    pub(crate) fn flush(&mut self) {
        for viewer in &mut self.viewers {
            let outgoing = viewer.flush(&self.engine, &mut self.encoder, self.now);
            self.messages.extend(outgoing.frame.iter().map(|frame| serde_json::to_string(frame).unwrap()));
            viewer.sent();
        }
    }

    pub(crate) fn now(&self) -> Millis {
        self.now
    }

    /// Sends all viewers away.
    pub(crate) fn cut(&mut self) {
        self.viewers.clear();
    }

    /// Forgets what was handed over, and makes room for so many messages.
    pub(crate) fn expect(&mut self, messages: usize) {
        self.messages = Vec::with_capacity(messages);
    }

    pub(crate) fn messages(&self) -> &[String] {
        &self.messages
    }

    pub(crate) fn outcome(&self, checksum: &mut Checksum) {
        self.messages.iter().for_each(|message| checksum.text(message));
    }
}

/// The message that asks for views, as a viewer that holds nothing sends it.
pub(crate) fn ask(views: &[(String, Value)]) -> String {
    let views: Value = views.iter().map(|(id, query)| json!({"id": id, "query": query})).collect();
    json!({ "views": views }).to_string()
}
