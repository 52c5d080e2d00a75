//! Viewers of whichever contestant: what each received, and whether it is all there.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::clock::since_start;
use super::floor::Script;
use super::load::Load;
use super::order::Order;
use super::rival::{Contestant, Rival};
use crate::crowd::{Member, connect, each};
use crate::error::BenchError;
use crate::held::{Held, Keeps, Part};
use crate::measure::histogram;
use crate::socket::Socket;

/// So many note how long updates took; reading them out of frames costs the load generator more than counting.
const PROBES: usize = 4;

/// A viewer, with what it has seen.
pub(crate) struct Watcher {
    seat: Seat,
    /// The server let it go: a finding, not a failure, since servers that are asked too much do so.
    gone: bool,
    delays: Option<Histogram<u64>>,
    recorded: Option<(Instant, Vec<(u64, String)>)>,
}

enum Seat {
    Tideboard(Box<Member>),
    Rival(Box<(Socket, Order)>),
}

/// What came so far, for all viewers together.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Received {
    pub(crate) bytes: u64,
    pub(crate) messages: u64,
    pub(crate) updates: u64,
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    /// Viewers that were given up.
    pub(crate) gone: u64,
}

/// Seats all viewers.
pub(crate) async fn seat(who: Contestant, rival: &Rival, load: Load) -> Result<Vec<Watcher>, BenchError> {
    let seats: Vec<_> = match rival {
        Rival::Tideboard(_, session) => {
            let queries = queries(load.widgets);
            let viewers = connect(&session.renewed().await?, load.viewers).await?;
            let members =
                viewers.into_iter().map(|viewer| Member { viewer, held: Held::new(&queries, Keeps::Positions) });
            let members = each(members.collect(), |mut member: Member| async move {
                member.viewer.grant_like_the_page();
                member.subscribe().await?;
                Ok(member)
            });
            members.await?.into_iter().map(|member| Seat::Tideboard(Box::new(member))).collect()
        }
        Rival::Program(_) | Rival::Nchan(_) => {
            let mut seats = Vec::new();
            for _ in 0..load.viewers {
                let socket = rival.watch(who, load.widgets).await?;
                seats.push(Seat::Rival(Box::new((socket, Order::new(load.widgets)))));
            }
            seats
        }
    };
    seats
        .into_iter()
        .enumerate()
        .map(|(number, seat)| {
            let delays = if number < PROBES { Some(histogram()?) } else { None };
            Ok(Watcher { seat, gone: false, delays, recorded: None })
        })
        .collect()
}

impl Watcher {
    /// Takes in what comes until an instant, or until it is let go.
    pub(crate) async fn watch_until(&mut self, end: Instant) -> Result<(), BenchError> {
        while !self.gone {
            match self.next_until(end).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(BenchError::Socket(_)) => self.gone = true,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes in a message, if one comes by then.
    async fn next_until(&mut self, end: Instant) -> Result<bool, BenchError> {
        match &mut self.seat {
            Seat::Tideboard(member) => {
                let Some(text) = member.viewer.frame_until(end).await? else { return Ok(false) };
                if let Some((since, messages)) = &mut self.recorded {
                    messages.push((micros(since.elapsed()), text.clone()));
                }
                let whole = member.held.frame(&text)?;
                if let (Some(delays), Some((_, parts))) = (&mut self.delays, whole) {
                    let now = since_start();
                    parts.iter().filter_map(newest).for_each(|due| delays.saturating_record(now.saturating_sub(due)));
                }
            }
            Seat::Rival(rival) => {
                let (socket, order) = &mut **rival;
                let Some(text) = socket.next_until(end).await? else { return Ok(false) };
                order.take(&text, self.delays.as_mut());
            }
        }
        Ok(true)
    }

    /// Has one of Tideboard that was let go resume from what it holds, as pages do by themselves; whether it did. A rival keeps
    /// nothing for its viewers.
    pub(crate) async fn come_back(&mut self, rival: &Rival) -> Result<bool, BenchError> {
        let (Seat::Tideboard(member), Rival::Tideboard(_, session), true) = (&mut self.seat, rival, self.gone) else {
            return Ok(false);
        };
        let (bytes, frames) = (member.viewer.bytes(), member.viewer.frames);
        member.viewer = session.renewed().await?.connect().await?;
        member.viewer.goes_on_from(bytes, frames);
        member.viewer.grant_like_the_page();
        member.subscribe().await?;
        self.gone = false;
        Ok(true)
    }

    /// Forgets delays, and begins to write down what comes if it is to be written again.
    pub(crate) fn begin(&mut self, record: bool) {
        if let Some(delays) = &mut self.delays {
            delays.reset();
        }
        self.recorded = record.then(|| (Instant::now(), Vec::new()));
    }

    /// What was written down, as a script of that length.
    pub(crate) fn script(&mut self, length: Duration) -> Option<Script> {
        let (_, messages) = self.recorded.take()?;
        // What Tideboard's transport puts around a frame.
        let messages = messages.into_iter().map(|(at, text)| (at, format!("42[\"frame\",{text}]"))).collect();
        Some(Script { length_us: micros(length), messages })
    }

    /// What came so far.
    pub(crate) fn received(&self) -> Received {
        match &self.seat {
            Seat::Tideboard(member) => Received {
                bytes: member.viewer.bytes(),
                messages: member.viewer.frames,
                updates: member.held.parts,
                gone: u64::from(self.gone),
                // A frame that starts elsewhere than the one before ended has ended the run.
                ..Received::default()
            },
            Seat::Rival(rival) => {
                let (socket, order) = &**rival;
                Received {
                    bytes: socket.bytes,
                    messages: socket.messages,
                    updates: order.updates,
                    lost: order.lost,
                    doubled: order.doubled,
                    gone: u64::from(self.gone),
                }
            }
        }
    }

    /// How long updates took, if this one noted it.
    pub(crate) fn delays(&self) -> Option<&Histogram<u64>> {
        self.delays.as_ref()
    }
}

/// Of all together.
pub(crate) fn total(watchers: &[Watcher]) -> Received {
    watchers.iter().map(Watcher::received).fold(Received::default(), |all, one| Received {
        bytes: all.bytes + one.bytes,
        messages: all.messages + one.messages,
        updates: all.updates + one.updates,
        lost: all.lost + one.lost,
        doubled: all.doubled + one.doubled,
        gone: all.gone + one.gone,
    })
}

/// Lets all watch for a time.
pub(crate) async fn watch_for(watchers: Vec<Watcher>, time: Duration) -> Result<Vec<Watcher>, BenchError> {
    let end = Instant::now() + time;
    each(watchers, |mut watcher| async move {
        watcher.watch_until(end).await?;
        Ok(watcher)
    })
    .await
}

/// A row of a series: its group, its buckets, and per measure the value of each.
type Row = (Value, Vec<i64>, Vec<Vec<Option<f64>>>);

/// The newest update that a part shows: when it was due.
fn newest(part: &Part) -> Option<u64> {
    let rows: Vec<Row> = serde_json::from_str(part.diff.as_ref()?.get()).ok()?;
    let (_, _, columns) = rows.last()?;
    columns.first()?.last()?.map(|due| due as u64)
}

/// What viewers of Tideboard ask for: a stream each.
pub(crate) fn queries(widgets: usize) -> Vec<Value> {
    let query = |widget| {
        json!({"stream": stream(widget), "shape": "series", "range": {"last": 60_000}, "bucket": 1_000,
               "measures": [{"fn": "last", "field": "value"}]})
    };
    (0..widgets).map(query).collect()
}

/// The stream of a widget.
pub(crate) fn stream(widget: usize) -> String {
    format!("widget.{widget}")
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
