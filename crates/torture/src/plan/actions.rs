//! What happens in a phase.

use std::fmt;
use std::time::Duration;

use tideboard_model::QuerySpec;
use tideboard_testkit::Dice;
use tideboard_testkit::proxy::Weather;

use super::{Block, Fault, Ground, Level, faults};
use crate::viewer::Order;

/// About how long a checkpoint takes.
pub(super) const CHECKPOINT: Duration = Duration::from_secs(3);

/// About how long servers and what they stand on take to start.
pub(super) const START: Duration = Duration::from_secs(8);

/// Something bad, or at least unusual.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// A server is killed in the middle of everything, and started again.
    Kill(usize),
    /// A server is asked to stop, and started again.
    Restart(usize),
    /// A server is stopped in its tracks for a while, and goes on.
    Freeze(usize, Duration),
    /// The server is killed, all it kept is deleted, and it is started anew.
    Wipe,
    /// Something befalls what all nodes share.
    Fault(Fault),
    /// A node's way to Redis is blocked for a while.
    Block(usize, Block, Duration),
    /// A viewer does something.
    Viewer(usize, Order),
    /// All connections of a viewer are cut on the way.
    CutViewer(usize),
    /// Nothing gets through to or from a viewer for a while.
    StallViewer(usize, Duration),
    /// A viewer cannot connect for a while.
    RefuseViewer(usize, Duration),
    /// All connections of all viewers are cut on the way.
    CutViewers,
    /// All connections of producers are cut on the way.
    CutProducers,
    /// Nothing gets through from producers for a while.
    StallProducers(Duration),
    /// All connections of the page are cut on the way.
    CutPage,
    /// The page is hidden, or shown again.
    HidePage(bool),
    /// The page's machine wakes from sleep.
    WakePage,
}

/// A stretch of time, after which all is compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Phase {
    /// How long it lasts.
    pub(crate) length: Duration,
    /// What an acknowledged event has survived.
    pub(crate) level: Level,
    /// What connections of viewers are in for.
    pub(crate) viewers: Weather,
    /// What connections of producers are in for.
    pub(crate) producers: Weather,
    /// What happens when.
    pub(crate) actions: Vec<(Duration, Action)>,
}

impl Phase {
    /// Any phase. `number` makes names that were not used before.
    pub(super) fn any(dice: &mut Dice, number: usize, viewers: usize, pool: &[QuerySpec]) -> Self {
        let length = Duration::from_millis(dice.within(6_000, 13_000));
        let weathers = [Weather::Calm, Weather::Breezy, Weather::Rough, Weather::Rough, Weather::Foul];
        let (of_viewers, of_producers) = (*dice.pick(&weathers), *dice.pick(&weathers));
        let mut actions: Vec<_> = (0..dice.within(5, 14))
            .map(|count| (at(dice, length), viewer_action(dice, (number, count), viewers, pool)))
            .collect();
        for _ in 0..dice.within(0, 4) {
            actions.push((at(dice, length), server_action(dice)));
        }
        // Rarely: with the data goes what could still be found out from it.
        if number % 12 == 3 {
            actions.push((at(dice, length), Action::Wipe));
        }
        actions.sort_by_key(|(at, _)| *at);
        Self { length, level: Level::Disk, viewers: of_viewers, producers: of_producers, actions }
    }

    /// Any phase on several nodes.
    pub(super) fn on_nodes(
        dice: &mut Dice,
        (number, viewers, pool): (usize, usize, &[QuerySpec]),
        (ground, level, nodes): (Ground, Level, usize),
    ) -> Self {
        let length = Duration::from_millis(dice.within(6_000, 9_000));
        let weathers = [Weather::Calm, Weather::Breezy, Weather::Rough, Weather::Rough, Weather::Foul];
        let (of_viewers, of_producers) = (*dice.pick(&weathers), *dice.pick(&weathers));
        let mut actions: Vec<_> = (0..dice.within(4, 9))
            .map(|count| (at(dice, length), viewer_action(dice, (number, count), viewers, pool)))
            .collect();
        // Early: what befalls a node should still be under way when the next thing happens, and be over in time.
        let faults = faults::on(dice, ground, level, nodes);
        actions.extend(faults.into_iter().map(|fault| (at(dice, length * 3 / 4), fault)));
        actions.sort_by_key(|(at, _)| *at);
        Self { length, level, viewers: of_viewers, producers: of_producers, actions }
    }
}

fn at(dice: &mut Dice, length: Duration) -> Duration {
    Duration::from_millis(dice.within(0, length.as_millis() as u64))
}

fn server_action(dice: &mut Dice) -> Action {
    match dice.within(0, 10) {
        0..5 => Action::Kill(0),
        5..7 => Action::Restart(0),
        _ => Action::Freeze(0, while_of(dice, 300, 7_000)),
    }
}

pub(super) fn while_of(dice: &mut Dice, least: u64, most: u64) -> Duration {
    Duration::from_millis(dice.within(least, most))
}

fn viewer_action(dice: &mut Dice, (phase, count): (usize, u64), viewers: usize, pool: &[QuerySpec]) -> Action {
    let which = dice.within(0, viewers as u64) as usize;
    let order = match dice.within(0, 100) {
        0..12 => Order::Cut,
        12..22 => Order::StopReading(while_of(dice, 500, 12_000)),
        22..32 => Order::Withhold(while_of(dice, 500, 12_000)),
        32..40 => Order::SecondSocket(while_of(dice, 200, 8_000)),
        40..46 => Order::Away(while_of(dice, 500, 8_000)),
        46..51 => Order::Keep,
        51..59 => Order::Rewind(dice.within(0, 8) as usize),
        59..63 => Order::Want(format!("w{phase}-{count}"), dice.pick(pool).clone()),
        63..66 => Order::Drop(format!("v{}", dice.within(2, 6))),
        66..72 => return Action::CutViewer(which),
        72..78 => return Action::StallViewer(which, while_of(dice, 500, 9_000)),
        78..84 => return Action::RefuseViewer(which, while_of(dice, 500, 4_000)),
        84..86 => return Action::CutViewers,
        86..90 => return Action::CutProducers,
        90..93 => return Action::StallProducers(while_of(dice, 500, 7_000)),
        93..96 => return Action::CutPage,
        96..99 => return Action::HidePage(dice.percent(60)),
        _ => return Action::WakePage,
    };
    Action::Viewer(which, order)
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { length, level, viewers, producers, actions } = self;
        writeln!(f, "{:.1} s, {level}, viewers {viewers:?}, producers {producers:?}", length.as_secs_f64())?;
        for (at, action) in actions {
            writeln!(f, "  {:>6.3} {}", at.as_secs_f64(), action)?;
        }
        Ok(())
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A query would fill the page; its name is enough to find it in the time line.
        if let Self::Viewer(which, Order::Want(id, query)) = self {
            return write!(f, "Viewer({which}, Want({id}: {:?}))", query.shape);
        }
        fmt::Debug::fmt(self, f)
    }
}
