//! A viewer: a session, and the way to whoever watches.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use tideboard_sync::wire::{Closing, Hello, ProblemMessage};
use tideboard_sync::{FrameMessage, Session};

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

/// How messages leave a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writes {
    /// They are fetched, as many at a time as there are.
    Fetched,
    /// They are written at once, in a buffer that is kept: little should be handed over at a time.
    AtOnce,
    /// The same, and all that was handed over had been written so many times: a number that has not moved since the last
    /// message says that it is not out yet.
    Times(u64),
}

/// The way to a viewer. Never waits.
pub(crate) trait Outbox: Send {
    /// How messages leave.
    fn writes(&self) -> Writes;
    fn hello(&self, message: &Hello) -> Result<(), Undelivered>;
    fn frame(&self, message: &FrameMessage) -> Result<(), Undelivered>;
    fn problem(&self, message: &ProblemMessage) -> Result<(), Undelivered>;
    fn closing(&self, message: &Closing) -> Result<(), Undelivered>;
}

/// A message on its way to a viewer.
pub(super) enum Message {
    Problem(ProblemMessage),
    Frame(FrameMessage),
}

pub(super) struct Viewer {
    pub(super) session: Session,
    pub(super) outbox: Box<dyn Outbox>,
    /// What the connection had no room for: the rest of one frame at most. While there is any, no other frame is made.
    under_way: VecDeque<Message>,
    /// How its messages left when it was handed the last one.
    wrote: Writes,
}

/// How far handing over got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// Everything was handed over.
    Done,
    /// As much as was to be handed over at a time.
    Share,
    /// The connection has no room for more.
    Full,
    /// The connection is gone.
    Gone,
}

/// What was handed over.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Delivered {
    /// Frames that went out whole.
    pub(super) frames: u64,
    /// Bytes of their parts.
    pub(super) bytes: u64,
    /// Messages.
    pub(super) messages: u64,
}

impl Viewer {
    pub(super) fn new(session: Session, outbox: Box<dyn Outbox>) -> Self {
        Self { session, outbox, under_way: VecDeque::new(), wrote: Writes::Fetched }
    }

    /// Whether the last frame is still going out.
    pub(super) fn is_busy(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// Lines messages up behind those under way.
    pub(super) fn send(&mut self, messages: impl IntoIterator<Item = Message>) {
        self.under_way.extend(messages);
    }

    /// Hands over one message, more if together they are no longer than `share`, and none before the last ones are
    /// written; all that there is room for where messages are fetched.
    pub(super) fn deliver(&mut self, share: usize) -> (Delivered, Progress) {
        let mut delivered = Delivered::default();
        let writes = self.outbox.writes();
        let share = if writes == Writes::Fetched { usize::MAX } else { share };
        if matches!(writes, Writes::Times(_)) && writes == self.wrote && self.is_busy() {
            return (delivered, Progress::Share);
        }
        let mut handed = 0;
        while let Some(message) = self.under_way.front() {
            let bytes = message.bytes();
            if handed > 0 && bytes.saturating_add(handed) > share {
                return (delivered, Progress::Share);
            }
            let result = match message {
                Message::Problem(problem) => self.outbox.problem(problem),
                Message::Frame(frame) => self.outbox.frame(frame),
            };
            match result {
                Ok(()) => {
                    // Only now: who was handed nothing waits for no write.
                    self.wrote = writes;
                    handed += bytes.max(1);
                    delivered.messages += 1;
                }
                Err(Undelivered::Full) => return (delivered, Progress::Full),
                Err(Undelivered::Gone) => return (delivered, Progress::Gone),
            }
            if let Some(Message::Frame(frame)) = self.under_way.pop_front() {
                delivered.bytes += bytes as u64;
                if !frame.more() {
                    delivered.frames += 1;
                    self.session.sent();
                }
            }
        }
        // Most viewers are idle most of the time: room for messages is not kept.
        self.under_way = VecDeque::new();
        (delivered, Progress::Done)
    }
}

impl Message {
    /// Bytes of its parts.
    fn bytes(&self) -> usize {
        match self {
            Self::Problem(_) => 0,
            Self::Frame(frame) => frame.bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::AtomicUsize;

    use serde_json::value::RawValue;
    use tideboard_model::Millis;
    use tideboard_sync::Settings;
    use tideboard_sync::wire::Frame;

    use super::*;

    /// A connection with room for so many messages.
    #[derive(Default)]
    struct Narrow {
        room: AtomicUsize,
        frames: Mutex<Vec<bool>>,
        writes: Mutex<Option<Writes>>,
    }

    impl Outbox for std::sync::Arc<Narrow> {
        fn writes(&self) -> Writes {
            self.writes.lock().unwrap().unwrap_or(Writes::Fetched)
        }
        fn hello(&self, _: &Hello) -> Result<(), Undelivered> {
            Ok(())
        }
        fn frame(&self, message: &FrameMessage) -> Result<(), Undelivered> {
            let room = self.room.load(Ordering::Relaxed);
            self.room.store(room.checked_sub(1).ok_or(Undelivered::Full)?, Ordering::Relaxed);
            self.frames.lock().unwrap().push(message.more());
            Ok(())
        }
        fn problem(&self, _: &ProblemMessage) -> Result<(), Undelivered> {
            Ok(())
        }
        fn closing(&self, _: &Closing) -> Result<(), Undelivered> {
            Ok(())
        }
    }

    fn message(more: bool, bytes: usize) -> Message {
        let frame =
            serde_json::json!({"seq": 1, "more": more, "now": 0, "parts": ["x".repeat(bytes.saturating_sub(2))]});
        let frame: Frame<Box<RawValue>> = serde_json::from_str(&frame.to_string()).unwrap();
        Message::Frame(frame.into())
    }

    fn viewer(connection: Narrow) -> (std::sync::Arc<Narrow>, Viewer) {
        let connection = std::sync::Arc::new(connection);
        let session = Session::new(Settings::default(), Millis(0));
        (connection.clone(), Viewer::new(session, Box::new(connection)))
    }

    #[test]
    fn a_frame_longer_than_the_connection_has_room_for_goes_out_in_turns() {
        let (connection, mut viewer) = viewer(Narrow::default());
        viewer.send([message(true, 50), message(true, 50), message(false, 50)]);
        let (full, done) = (Progress::Full, Progress::Done);
        for (room, frames, progress) in [(0, 0, full), (2, 0, full), (1, 1, done), (1, 0, done)] {
            connection.room.store(room, Ordering::Relaxed);
            let (delivered, got) = viewer.deliver(1);
            assert_eq!((delivered.frames, got, viewer.is_busy()), (frames, progress, progress == full));
        }
        assert_eq!(*connection.frames.lock().unwrap(), [true, true, false], "each message once, in order");
    }

    #[test]
    fn a_connection_that_writes_at_once_is_handed_no_more_than_a_share_at_a_time() {
        let (connection, mut viewer) = viewer(Narrow { room: 99.into(), ..Narrow::default() });
        *connection.writes.lock().unwrap() = Some(Writes::AtOnce);
        viewer.send([message(true, 500), message(true, 60), message(true, 40), message(false, 2)]);
        for (bytes, progress) in [(500, Progress::Share), (100, Progress::Share), (2, Progress::Done)] {
            let (delivered, got) = viewer.deliver(100);
            assert_eq!((delivered.bytes, got), (bytes, progress));
        }
    }

    #[test]
    fn a_connection_that_has_not_written_the_last_message_is_handed_no_other() {
        let (connection, mut viewer) = viewer(Narrow { room: 99.into(), ..Narrow::default() });
        viewer.send([message(true, 60), message(true, 60), message(false, 60)]);
        for (times, messages, progress) in
            [(7, 1, Progress::Share), (7, 0, Progress::Share), (8, 1, Progress::Share), (9, 1, Progress::Done)]
        {
            *connection.writes.lock().unwrap() = Some(Writes::Times(times));
            let (delivered, got) = viewer.deliver(100);
            assert_eq!((delivered.messages, got), (messages, progress), "written {times} times");
        }
    }

    #[test]
    fn a_viewer_that_there_was_nothing_to_tell_is_told_the_next_thing_at_once() {
        let (connection, mut viewer) = viewer(Narrow { room: 99.into(), ..Narrow::default() });
        *connection.writes.lock().unwrap() = Some(Writes::Times(7));
        assert_eq!(viewer.deliver(100).1, Progress::Done);
        viewer.send([message(false, 60)]);
        let (delivered, got) = viewer.deliver(100);
        assert_eq!((delivered.messages, got), (1, Progress::Done), "nothing is being written that could be waited for");
    }
}
