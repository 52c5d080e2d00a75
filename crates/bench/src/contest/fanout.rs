//! The contest of fan-out: the same updates to the same viewers, by each contestant in turn.

use std::time::Duration;

use super::load::{Load, Phase};
use super::rival::Contestant;
use super::sample::{Sample, Samples};
use super::turn::{Pace, Turn};
use crate::error::BenchError;
use crate::measure::{Effort, Subject};

/// What is asked, of whom, how often.
struct Event {
    load: Load,
    who: &'static [Contestant],
    rounds: usize,
}

use Contestant::{Floor, Nchan, SocketIo, SocketIoBatched, SocketIoRedis, Tideboard};

const ALL: &[Contestant] = &[Tideboard, SocketIo, SocketIoBatched, SocketIoRedis, Nchan, Floor];
const MAIN: &[Contestant] = &[Tideboard, SocketIo, SocketIoBatched, Floor];

fn events(effort: Effort, viewers: Option<usize>) -> Vec<Event> {
    let load = |widgets, hertz, viewers, phase| Load { widgets, hertz, viewers, phase };
    let (together, staggered) = (Phase::Together, Phase::Staggered);
    let event = |who, rounds| move |&(w, h, v, p)| Event { load: load(w, h, v, p), who, rounds };
    if let Some(viewers) = viewers {
        return vec![event(MAIN, 1)(&(12, 10, viewers, together))];
    }
    match effort {
        Effort::Short => vec![event(ALL, 3)(&(12, 10, 100, together)), event(MAIN, 2)(&(12, 10, 100, staggered))],
        Effort::Long => {
            let all = [(12, 10, 100, together), (12, 10, 100, staggered)];
            let main = [
                (1, 1, 100, together),
                (1, 10, 100, together),
                (1, 60, 100, together),
                (12, 1, 100, together),
                (12, 60, 100, together),
                (12, 1, 100, staggered),
                (12, 60, 100, staggered),
                (1, 1, 1_000, together),
                (1, 10, 1_000, together),
                (1, 60, 1_000, together),
                (12, 1, 1_000, together),
                (12, 10, 1_000, together),
                (12, 1, 1_000, staggered),
                (12, 10, 1_000, staggered),
            ];
            all.iter().map(event(ALL, 5)).chain(main.iter().map(event(MAIN, 3))).collect()
        }
    }
}

fn pace(effort: Effort) -> Pace {
    match effort {
        Effort::Short => Pace { settle: Duration::from_millis(700), time: Duration::from_millis(2_000) },
        Effort::Long => Pace { settle: Duration::from_millis(1_500), time: Duration::from_secs(4) },
    }
}

/// All of them.
pub(crate) async fn measure(subject: &Subject, effort: Effort) -> Result<Vec<Sample>, BenchError> {
    let mut samples = Samples::default();
    for Event { load, who, rounds } in events(effort, subject.viewers) {
        let table = table(load);
        eprintln!("bench: {table}");
        let mut script = None;
        for _ in 0..rounds {
            for &who in who {
                let mut turn = Turn::hold(who, &subject.binary, load, pace(effort), script.as_ref()).await?;
                script = turn.take_script().or(script);
                note(&mut samples, &table, who, &turn);
            }
        }
    }
    Ok(samples.into_all())
}

/// As tables call it.
fn table(load: Load) -> String {
    let Load { widgets, hertz, viewers, phase } = load;
    let phase = if phase == Phase::Together { "in phase" } else { "staggered" };
    format!("{widgets} widgets × {hertz} Hz, {viewers} viewers, {phase}")
}

fn note(samples: &mut Samples, table: &str, who: Contestant, turn: &Turn) {
    let service = if who == Floor { None } else { Some(turn.service()) };
    for (measure, run) in turn.costs().into_iter().chain(service.into_iter().flatten()).chain(turn.shares()) {
        samples.add(table, who.name(), measure, run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contest::summarised;

    #[test]
    fn the_table_that_the_first_page_quotes_is_measured_by_both_forms() {
        for effort in [Effort::Short, Effort::Long] {
            assert!(events(effort, None).iter().any(|event| table(event.load) == summarised::FANOUT));
        }
    }
}
