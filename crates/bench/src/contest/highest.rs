//! The most viewers that a server sustains.

use super::growth::{load, pace};
use super::measures::{self, SERVER_SHARE_MOST};
use super::rival::Contestant;
use super::sample::Samples;
use super::turn::Turn;
use crate::error::BenchError;
use crate::measure::{Effort, Subject};

const WIDGETS: usize = 12;
/// Tried first.
const FIRST: usize = 200;
/// A server sustains viewers whose updates come sooner than this, below the share of one core from which no ratio is taken.
const DELAY_MOST_MS: f64 = 1_000.0;
/// What is aimed at, since shares vary from turn to turn.
const SHARE_AIMED_AT: f64 = 66.0;
/// So near to each other are the most that is sustained and the least that is not, in the end.
const NEAR: f64 = 1.1;
/// The same where there is little time.
const NEAR_SHORT: f64 = 1.25;
const TRIES: usize = 8;

/// What was found so far.
#[derive(Debug, Clone, Copy, Default)]
struct Search {
    /// The most that holds, with the server's share of one core in percent.
    holds: Option<(usize, f64)>,
    /// The least that does not.
    fails: Option<usize>,
}

impl Search {
    /// How many to try next; nothing if it is known well enough.
    fn next(self, most: usize, near: f64) -> Option<usize> {
        let next = match (self.holds, self.fails) {
            (None, None) => FIRST,
            (None, Some(fails)) => fails / 2,
            (Some((holds, _)), None) if holds >= most => return None,
            (Some((holds, share)), None) => aimed_at(holds, share).clamp(grown(holds, near), holds * 4).min(most),
            (Some((holds, _)), Some(fails)) if fails as f64 <= holds as f64 * near => return None,
            (Some((holds, share)), Some(fails)) => {
                let aimed_at = aimed_at(holds, share);
                // An aim beside what is known already tells nothing: halve.
                if aimed_at > holds && aimed_at < fails { aimed_at } else { holds.midpoint(fails) }
            }
        };
        (next > 0).then_some(next)
    }

    /// Takes in what became of so many; whether they were sustained.
    fn note(&mut self, viewers: usize, turn: Option<&Turn>) -> bool {
        let holds = turn.filter(|turn| sustains(turn)).map(|turn| (viewers, turn.share()));
        match holds {
            Some(_) => self.holds = holds,
            None => self.fails = Some(viewers),
        }
        holds.is_some()
    }
}

fn aimed_at(viewers: usize, share: f64) -> usize {
    (viewers as f64 * SHARE_AIMED_AT / share.max(1.0)) as usize
}

fn grown(viewers: usize, near: f64) -> usize {
    (viewers as f64 * near).ceil() as usize
}

fn sustains(turn: &Turn) -> bool {
    turn.is_whole() && turn.share() < SERVER_SHARE_MOST && turn.delay_ms(0.99) < DELAY_MOST_MS
}

/// Of each contestant.
pub(crate) async fn measure(samples: &mut Samples, subject: &Subject, effort: Effort) -> Result<(), BenchError> {
    use Contestant::{Nchan, SocketIo, SocketIoBatched, SocketIoRedis, Tideboard};
    let (who, most, near) = match effort {
        Effort::Short => (&[Tideboard, SocketIo][..], 2_000, NEAR_SHORT),
        Effort::Long => (&[Tideboard, SocketIo, SocketIoBatched, SocketIoRedis, Nchan][..], 4_000, NEAR),
    };
    let table =
        format!("most viewers of {WIDGETS} widgets × 10 Hz, in phase, below {SERVER_SHARE_MOST:.0} % of one core");
    for &who in who {
        let (mut search, mut tried, mut best) = (Search::default(), 0, None);
        while let Some(viewers) = search.next(most, near).filter(|_| tried < TRIES) {
            tried += 1;
            let turn = Turn::hold(who, &subject.binary, load(WIDGETS, viewers), pace(effort), None).await;
            let turn = turn.inspect_err(|error| eprintln!("bench: {}, {viewers} viewers: {error}", who.name())).ok();
            if search.note(viewers, turn.as_ref()) {
                best = turn;
            }
        }
        let mut add = |measure, run| samples.add(&table, who.name(), measure, run);
        add(("viewers", measures::COUNT), search.holds.map_or(0, |(viewers, _)| viewers) as f64);
        add(("least that was too many (0: none)", measures::COUNT), search.fails.unwrap_or(0) as f64);
        let Some(best) = best else { continue };
        best.shares().into_iter().for_each(|(measure, run)| add(measure, run));
        add(measures::DELAY_P99, best.delay_ms(0.99));
        // Who sends only what is newest may hold many by showing less.
        add(measures::SHOWN, best.shown());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 2_000;

    /// Tries numbers until the search ends, of a server whose share grows by so much with each viewer.
    fn found(percent_per_viewer: f64) -> (Search, usize) {
        let mut search = Search::default();
        for tries in 0..TRIES {
            let Some(viewers) = search.next(MOST, NEAR) else { return (search, tries) };
            let share = viewers as f64 * percent_per_viewer;
            if share < SERVER_SHARE_MOST { search.holds = Some((viewers, share)) } else { search.fails = Some(viewers) }
        }
        (search, TRIES)
    }

    #[test]
    fn the_most_that_holds_is_found_within_a_tenth_in_few_tries() {
        for percent_per_viewer in [0.05, 0.1, 0.3, 0.7, 3.0] {
            let (search, tries) = found(percent_per_viewer);
            let (holds, fails) = (search.holds.unwrap().0, search.fails.unwrap());
            assert!(fails as f64 <= holds as f64 * NEAR, "{search:?}");
            let limit = SERVER_SHARE_MOST / percent_per_viewer;
            assert!(holds as f64 <= limit && fails as f64 >= limit, "{search:?}");
            assert!(tries < TRIES, "{tries} tries for {percent_per_viewer}");
        }
    }

    #[test]
    fn no_more_are_tried_than_the_machine_is_asked_for() {
        let (search, _) = found(0.001);
        assert_eq!(search.holds.unwrap().0, MOST);
        assert_eq!(search.fails, None);
    }
}
