//! Seeded worlds as traces: all that the server told one viewer over many connections, all that the viewer must say, and
//! all that it must hold after each frame. Clients in other languages are held to them.

mod happenings;
mod tape;

pub(crate) use tape::Tape;

use happenings::Happenings;

use crate::{Op, World};

/// The viewer whose trace it is.
const VIEWER: usize = 0;
/// What a client grants ahead of the frame it has applied, and how many frames apart (`docs/protocol.md`, Credit).
const GRANT_AHEAD: u64 = 8;
const GRANT_EVERY: u64 = 4;

/// A world that is written down.
struct Recording {
    world: World,
    connected: bool,
    hidden: bool,
    /// Frames granted in this connection, and the last one applied.
    until: u64,
    applied: u64,
}

/// The trace of one seed: a JSON object whose `steps` stand one on a line.
///
/// # Panics
/// If anything that is promised does not hold in that world.
#[must_use]
pub fn trace(seed: u64) -> String {
    let mut happenings = Happenings::new(seed);
    let mut recording = Recording::new(happenings.max_message_bytes());
    for _ in 0..happenings.count() {
        recording.happen(&mut happenings);
    }
    recording.calm_down();
    let text = recording.world.end_tape(&format!("world {seed}"));
    // What comes in the end is checked, and is no part of the trace.
    recording.world.settle();
    text
}

impl Recording {
    fn new(max_message_bytes: usize) -> Self {
        let world = World::on_tape(happenings::VIEWERS, max_message_bytes, GRANT_AHEAD);
        Self { world, connected: false, hidden: false, until: 0, applied: 0 }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "whatever else happens, happens as it is")]
    fn happen(&mut self, happenings: &mut Happenings) {
        if happenings.all_is_well() {
            self.append_to_connected(happenings);
            return self.catch_up(1);
        }
        if let Some(messages) = happenings.breaks_off() {
            self.append_to_connected(happenings);
            self.prepare();
            self.world.step(&Op::Flush);
            (0..messages).for_each(|_| self.receive());
            self.connected = false;
            return self.world.step(&Op::Cut(VIEWER));
        }
        let op = happenings.next();
        match op {
            Op::Connect(VIEWER) => self.connect(),
            Op::Receive(VIEWER, messages) => (0..messages).for_each(|_| self.receive()),
            Op::Grant(VIEWER, _) => self.hide(!self.hidden),
            Op::Cut(VIEWER) | Op::Restart | Op::LoseTail(_) | Op::Wipe => {
                self.connected = false;
                self.world.step(&op);
            }
            _ => self.world.step(&op),
        }
    }

    fn append_to_connected(&mut self, happenings: &mut Happenings) {
        if !self.connected {
            self.connect();
        }
        self.world.step(&happenings.append());
    }

    fn connect(&mut self) {
        self.world.step(&Op::Connect(VIEWER));
        (self.connected, self.until, self.applied) = (true, GRANT_AHEAD, 0);
    }

    /// One message; after a whole frame the viewer grants as it is advised to.
    fn receive(&mut self) {
        self.world.step(&Op::Receive(VIEWER, 1));
        let Some(applied) = self.world.tape().take_applied() else { return };
        self.applied = applied;
        if !self.hidden && applied + GRANT_AHEAD >= self.until + GRANT_EVERY {
            self.grant();
        }
    }

    fn grant(&mut self) {
        let until = self.applied + GRANT_AHEAD;
        self.world.step(&Op::Grant(VIEWER, until - self.until));
        self.until = until;
    }

    fn hide(&mut self, hidden: bool) {
        self.hidden = hidden;
        self.world.tape().hidden(hidden);
        if !hidden && self.connected && self.applied + GRANT_AHEAD > self.until {
            self.grant();
        }
    }

    /// Nothing goes wrong any more: the viewer gets all there is.
    fn calm_down(&mut self) {
        if self.hidden {
            self.hide(false);
        }
        self.connect();
        self.catch_up(3);
    }

    /// Everything that is asked for is read, sent and received, so many times over.
    fn catch_up(&mut self, flushes: usize) {
        self.prepare();
        for _ in 0..flushes {
            self.world.step(&Op::Flush);
            // More messages than are under way.
            (0..400).for_each(|_| self.receive());
        }
    }

    fn prepare(&mut self) {
        for op in [Op::Verify, Op::Hydrate(usize::MAX), Op::Verify] {
            self.world.step(&op);
        }
    }
}
