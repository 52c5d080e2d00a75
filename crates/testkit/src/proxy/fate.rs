//! What happens to one connection.

use std::time::Duration;

use crate::Dice;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// How a connection ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Both sides are closed.
    Cut,
    /// The server's side is closed; the client's stays open and silent.
    ClientLeftOpen,
    /// The client's side is closed; the server's stays open and silent.
    ServerLeftOpen,
}

/// A slow start: the first bytes go in small pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dribble {
    /// Bytes in one piece.
    pub piece: usize,
    /// Between two pieces.
    pub pause: Duration,
    /// Bytes after which everything flows.
    pub until: u64,
}

/// What happens to one connection; the default is nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fate {
    /// It is closed as soon as it is there.
    pub refused: bool,
    /// Every piece waits this long…
    pub latency: Duration,
    /// …and up to this much more.
    pub jitter: Duration,
    /// It ends once so many bytes went in this direction; the piece that reaches the number is sent up to it.
    pub end: Option<(Direction, u64, End)>,
    /// After so many bytes in this direction nothing more goes there for a while.
    pub stall: Option<(Direction, u64, Duration)>,
    /// Bytes from the server, or to it, come in small pieces at first.
    pub dribble: Option<(Direction, Dribble)>,
}

/// What connections are in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Nothing happens to them.
    Calm,
    /// They are slow.
    Breezy,
    /// They are cut, too.
    Rough,
    /// Everything, often.
    Foul,
}

impl Weather {
    /// What happens to the next connection.
    pub fn fate(self, dice: &mut Dice) -> Fate {
        let (slow, bad) = match self {
            Self::Calm => return Fate::default(),
            Self::Breezy => (60, 0),
            Self::Rough => (40, 40),
            Self::Foul => (60, 80),
        };
        let mut fate = Fate::default();
        if dice.percent(slow) {
            fate.latency = Duration::from_millis(dice.within(1, 40));
            fate.jitter = Duration::from_millis(dice.within(0, 60));
        }
        if dice.percent(slow / 2) {
            let pause = Duration::from_micros(dice.within(1, 2_000));
            let dribble = Dribble { piece: dice.within(1, 48) as usize, pause, until: dice.within(100, 8_000) };
            fate.dribble = Some((direction(dice), dribble));
        }
        fate.refused = dice.percent(bad / 8);
        if dice.percent(bad) {
            let end = *dice.pick(&[End::Cut, End::Cut, End::Cut, End::ClientLeftOpen, End::ServerLeftOpen]);
            fate.end = Some((direction(dice), bytes(dice), end));
        }
        if dice.percent(bad / 3) {
            fate.stall = Some((direction(dice), bytes(dice), Duration::from_millis(dice.within(200, 7_000))));
        }
        fate
    }
}

fn direction(dice: &mut Dice) -> Direction {
    *dice.pick(&[Direction::Up, Direction::Down])
}

/// Near the start as often as far into a connection: the greeting, the request, the first frame, the hundredth.
fn bytes(dice: &mut Dice) -> u64 {
    let magnitude = dice.within(4, 18);
    dice.within(0, 1 << magnitude)
}
