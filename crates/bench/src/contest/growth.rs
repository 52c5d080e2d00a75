//! How costs grow: with viewers, with widgets, with series; and how many viewers a server sustains.

use std::time::Duration;

use super::load::{Load, Phase};
use super::measures::{self, Measure};
use super::rival::Contestant;
use super::sample::{Sample, Samples};
use super::turn::{Pace, Turn};
use super::{highest, series};
use crate::error::BenchError;
use crate::measure::{Effort, Subject};

const HERTZ: u32 = 10;
const VIEWERS: [usize; 3] = [25, 100, 400];
const WIDGETS: [usize; 4] = [1, 3, 6, 12];
/// The ends of it are enough for the short form.
const WIDGETS_SHORT: [usize; 2] = [1, 12];
/// How many when something else grows.
const USUAL_VIEWERS: usize = 100;
const USUAL_WIDGETS: usize = 12;
const WHO: [Contestant; 2] = [Contestant::Tideboard, Contestant::SocketIo];

/// A load of so many widgets and viewers, in phase.
pub(crate) fn load(widgets: usize, viewers: usize) -> Load {
    Load { widgets, hertz: HERTZ, viewers, phase: Phase::Together }
}

/// How long a turn is.
pub(crate) fn pace(effort: Effort) -> Pace {
    match effort {
        Effort::Short => Pace { settle: Duration::from_millis(700), time: Duration::from_millis(2_000) },
        Effort::Long => Pace { settle: Duration::from_millis(1_500), time: Duration::from_secs(6) },
    }
}

/// All curves.
pub(crate) async fn measure(subject: &Subject, effort: Effort) -> Result<Vec<Sample>, BenchError> {
    let mut samples = Samples::default();
    let by_viewers = VIEWERS.map(|viewers| (format!("{viewers} viewers"), load(USUAL_WIDGETS, viewers)));
    let table = format!("more viewers: {USUAL_WIDGETS} widgets × {HERTZ} Hz, in phase");
    curve(&mut samples, &table, &by_viewers, subject, effort).await?;
    let widgets: &[usize] = if effort == Effort::Short { &WIDGETS_SHORT } else { &WIDGETS };
    let by_widgets: Vec<_> = widgets.iter().map(|&widgets| (count(widgets), load(widgets, USUAL_VIEWERS))).collect();
    let table = format!("more widgets: {USUAL_VIEWERS} viewers, {HERTZ} Hz, in phase");
    curve(&mut samples, &table, &by_widgets, subject, effort).await?;
    series::measure(&mut samples, subject, effort).await?;
    highest::measure(&mut samples, subject, effort).await?;
    Ok(samples.into_all())
}

fn count(widgets: usize) -> String {
    if widgets == 1 { "1 widget".to_owned() } else { format!("{widgets} widgets") }
}

async fn curve(
    samples: &mut Samples,
    table: &str,
    points: &[(String, Load)],
    subject: &Subject,
    effort: Effort,
) -> Result<(), BenchError> {
    eprintln!("bench: {table}");
    let rounds = match effort {
        Effort::Short => 1,
        Effort::Long => 3,
    };
    for (condition, load) in points {
        for _ in 0..rounds {
            for who in WHO {
                let turn = Turn::hold(who, &subject.binary, *load, pace(effort), None).await?;
                let [cpu, bytes, _] = turn.costs();
                let [share, _] = turn.shares();
                let delay = (measures::DELAY_P99, turn.delay_ms(0.99));
                for (measure, run) in [cpu, bytes, delay, share] {
                    add(samples, table, who.name(), condition, measure, run);
                }
            }
        }
    }
    Ok(())
}

/// A measure under one of several conditions.
pub(crate) fn add(samples: &mut Samples, table: &str, who: &str, condition: &str, (measure, unit): Measure, run: f64) {
    samples.add(table, who, (&format!("{condition}: {measure}"), unit), run);
}
