//! A viewer: a session, and the way to whoever watches.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::value::RawValue;
use tideboard_sync::Session;
use tideboard_sync::wire::{Closing, Frame, Hello, ProblemMessage};

/// The number of a connection; never used twice in one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ViewerId(u64);

impl ViewerId {
    /// The next number.
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The number as such, to spread viewers evenly.
    pub(crate) fn number(self) -> u64 {
        self.0
    }
}

/// The message was not handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undelivered {
    /// The connection's buffer is full: it may go through later.
    Full,
    /// The connection is gone.
    Gone,
}

/// The way to a viewer. Never waits.
pub(crate) trait Outbox: Send {
    fn hello(&self, message: &Hello) -> Result<(), Undelivered>;
    fn frame(&self, message: &Frame<Box<RawValue>>) -> Result<(), Undelivered>;
    fn problem(&self, message: &ProblemMessage) -> Result<(), Undelivered>;
    fn closing(&self, message: &Closing) -> Result<(), Undelivered>;
}

/// A message on its way to a viewer.
pub(super) enum Message {
    Problem(ProblemMessage),
    Frame(Frame<Box<RawValue>>),
}

pub(super) struct Viewer {
    pub(super) session: Session,
    pub(super) outbox: Box<dyn Outbox>,
    /// What the connection had no room for: the rest of one frame at most. While there is any, no other frame is made.
    under_way: VecDeque<Message>,
}

/// What was handed over.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Delivered {
    /// Frames that went out whole.
    pub(super) frames: u64,
    /// Bytes of their parts.
    pub(super) bytes: u64,
}

impl Viewer {
    pub(super) fn new(session: Session, outbox: Box<dyn Outbox>) -> Self {
        Self { session, outbox, under_way: VecDeque::new() }
    }

    /// Whether the last frame is still going out.
    pub(super) fn is_busy(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// Lines messages up behind those under way.
    pub(super) fn send(&mut self, messages: impl IntoIterator<Item = Message>) {
        self.under_way.extend(messages);
    }

    /// Hands over as much as the connection has room for.
    pub(super) fn deliver(&mut self) -> (Delivered, Result<(), Undelivered>) {
        let mut delivered = Delivered::default();
        while let Some(message) = self.under_way.front() {
            let handed = match message {
                Message::Problem(problem) => self.outbox.problem(problem),
                Message::Frame(frame) => self.outbox.frame(frame),
            };
            if handed.is_err() {
                return (delivered, handed);
            }
            if let Some(Message::Frame(frame)) = self.under_way.pop_front() {
                delivered.bytes += frame.parts.iter().map(|part| part.get().len() as u64).sum::<u64>();
                if !frame.more {
                    delivered.frames += 1;
                    self.session.sent();
                }
            }
        }
        (delivered, Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::AtomicUsize;

    use tideboard_model::Millis;
    use tideboard_sync::Settings;

    use super::*;

    /// A connection with room for so many messages.
    #[derive(Default)]
    struct Narrow {
        room: AtomicUsize,
        frames: Mutex<Vec<bool>>,
    }

    impl Outbox for std::sync::Arc<Narrow> {
        fn hello(&self, _: &Hello) -> Result<(), Undelivered> {
            Ok(())
        }
        fn frame(&self, message: &Frame<Box<RawValue>>) -> Result<(), Undelivered> {
            let room = self.room.load(Ordering::Relaxed);
            self.room.store(room.checked_sub(1).ok_or(Undelivered::Full)?, Ordering::Relaxed);
            self.frames.lock().unwrap().push(message.more);
            Ok(())
        }
        fn problem(&self, _: &ProblemMessage) -> Result<(), Undelivered> {
            Ok(())
        }
        fn closing(&self, _: &Closing) -> Result<(), Undelivered> {
            Ok(())
        }
    }

    #[test]
    fn a_frame_longer_than_the_connection_has_room_for_goes_out_in_turns() {
        let connection = std::sync::Arc::new(Narrow::default());
        let mut viewer = Viewer::new(Session::new(Settings::default(), Millis(0)), Box::new(connection.clone()));
        let message = |more| {
            let frame = serde_json::json!({"seq": 1, "more": more, "now": 0, "parts": []});
            Message::Frame(serde_json::from_str(&frame.to_string()).unwrap())
        };
        viewer.send([message(true), message(true), message(false)]);
        for (room, frames, busy) in [(0, 0, true), (2, 0, true), (1, 1, false), (1, 0, false)] {
            connection.room.store(room, Ordering::Relaxed);
            let (delivered, handed) = viewer.deliver();
            assert_eq!((delivered.frames, handed.is_err(), viewer.is_busy()), (frames, busy, busy));
        }
        assert_eq!(*connection.frames.lock().unwrap(), [true, true, false], "each message once, in order");
    }
}
