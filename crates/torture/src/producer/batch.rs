//! A batch, and its parts as they are written.

use std::io::Write;
use std::ops::Range;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::time::Instant;

use super::Writes;
use crate::error::{TortureError, Trying};
use crate::event::Event;
use crate::http::Request;
use crate::server::Target;

/// A batch, sent as often as it takes.
pub(super) struct Batch {
    name: String,
    /// What is in it.
    pub(super) events: Vec<Event>,
    /// Per event, the era of the server that acknowledged it last, and when.
    acknowledged: Vec<Option<(u32, Instant)>>,
}

/// A part of a batch as it is sent.
pub(super) struct Part<'a> {
    /// The batch's name.
    pub(super) batch: &'a str,
    /// How many events there are in it.
    pub(super) events: usize,
    writes: Writes,
    body: Vec<u8>,
}

impl Batch {
    pub(super) fn new(name: String, events: Vec<Event>) -> Self {
        Self { name, acknowledged: vec![None; events.len()], events }
    }

    /// Writes a part of it.
    pub(super) fn part(&self, range: Range<usize>, writes: Writes) -> Result<Part<'_>, TortureError> {
        let events = self.events.get(range).unwrap_or_default();
        let each = |write: fn(&Event) -> String, between| events.iter().map(write).collect::<Vec<_>>().join(between);
        let body = match writes {
            Writes::Json => format!("[{}]", each(Event::json, ",")).into_bytes(),
            Writes::Numbered => format!("[{}]", each(Event::numbered, ",")).into_bytes(),
            Writes::Ndjson => {
                let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
                packed.write_all(each(Event::json, "\n").as_bytes()).trying("packing a batch")?;
                packed.finish().trying("packing a batch")?
            }
            Writes::Lines => each(Event::line, "\n").into_bytes(),
        };
        Ok(Part { batch: &self.name, events: events.len(), writes, body })
    }

    /// A server of this era acknowledged a part.
    pub(super) fn acknowledged(&mut self, range: Range<usize>, era: u32, at: Instant) {
        self.acknowledged.iter_mut().take(range.end).skip(range.start).for_each(|of| *of = Some((era, at)));
    }

    /// The last era that acknowledged, and what is kept there: if the data was wiped in between, what was acknowledged
    /// before went with it.
    pub(super) fn kept(self) -> (u32, Vec<(Event, Instant)>) {
        let last = self.acknowledged.iter().flatten().map(|(era, _)| *era).max().unwrap_or_default();
        let kept = self.events.into_iter().zip(self.acknowledged);
        let kept = kept.filter_map(|(event, by)| by.filter(|(era, _)| *era == last).map(|(_, at)| (event, at)));
        (last, kept.collect())
    }
}

impl Part<'_> {
    /// The request that sends it.
    pub(super) fn request(&self, target: &Target) -> Request<'_> {
        let (path, content) = match self.writes {
            Writes::Json | Writes::Numbered => ("/api/v1/events", "content-type: application/json\r\n"),
            Writes::Ndjson => ("/api/v1/events", "content-type: application/x-ndjson\r\ncontent-encoding: gzip\r\n"),
            Writes::Lines => ("/api/v2/write", "content-type: text/plain\r\n"),
        };
        let name = match self.writes {
            Writes::Numbered => String::new(),
            Writes::Json | Writes::Ndjson | Writes::Lines => format!("idempotency-key: {}\r\n", self.batch),
        };
        let headers = format!("authorization: Bearer {}\r\n{name}{content}", target.key);
        Request { method: "POST", path, headers, body: &self.body }
    }
}
