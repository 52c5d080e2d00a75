//! Pages of appends, positions, and what is known of streams.

use std::sync::Arc;

use redis::{Cmd, Pipeline};
use tideboard_log::implement::{Judgement, StreamState, judge_found};
use tideboard_log::{Append, Appends, LogError, ScanRange, StreamInfo, Verdict};
use tideboard_model::{Epoch, Nanos, Offset, Position, StreamName};

use crate::answer::{list, text};
use crate::link::{Call, Link};
use crate::number::ordered;
use crate::scripts::Script;
use crate::shared::Shared;
use crate::stored::{self, ENDS, Ends, Entry};
use crate::trouble::Trouble;

/// Bytes asked for at once, as far as the appends before tell.
const PAGE_BYTES: usize = 2 << 20;
/// Appends asked for at once.
const FIRST_APPENDS: usize = 16;
const MOST_APPENDS: usize = 512;
/// Streams asked for at once.
const STREAMS: usize = 128;

/// Which appends a page is made of: those that end in `(after, upto]`.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    after: Offset,
    upto: Offset,
    since: Nanos,
    newest_first: bool,
}

impl Shared {
    pub(crate) async fn read(&self, stream: &StreamName, after: Offset, max_events: usize) -> Appends {
        let wanted = Wanted { after, upto: Offset(u64::MAX), since: Nanos(i64::MIN), newest_first: false };
        self.page(stream, wanted, max_events).await
    }

    pub(crate) async fn scan(&self, stream: &StreamName, range: ScanRange, max_events: usize) -> Appends {
        let ScanRange { since, after, upto } = range;
        self.page(stream, Wanted { after, upto, since, newest_first: false }, max_events).await
    }

    pub(crate) async fn read_back(&self, stream: &StreamName, upto: Offset, max_events: usize) -> Appends {
        let wanted = Wanted { after: Offset::ZERO, upto, since: Nanos(i64::MIN), newest_first: true };
        self.page(stream, wanted, max_events).await
    }

    /// Whole appends between the stream's mark and its end, until they hold as many events as were asked for.
    async fn page(&self, stream: &StreamName, mut wanted: Wanted, max_events: usize) -> Appends {
        let Some(ends) = self.ends(stream).await? else { return Ok(Vec::new()) };
        wanted.after = wanted.after.max(ends.base.offset);
        wanted.upto = wanted.upto.min(ends.end.offset);
        if wanted.since != Nanos(i64::MIN) && wanted.after < wanted.upto {
            let Some(start) = self.start(stream, wanted).await? else { return Ok(Vec::new()) };
            wanted.after = wanted.after.max(Offset(start.0.saturating_sub(1)));
        }
        let (mut page, mut events) = (Vec::<Arc<Append>>::new(), 0_usize);
        let mut count = FIRST_APPENDS.min(max_events.max(1));
        while wanted.after < wanted.upto {
            let entries = self.entries(stream, wanted, count).await?;
            let (found, bytes) = (entries.len(), entries.iter().map(Entry::size).sum::<usize>());
            for entry in entries {
                wanted = wanted.behind(&entry);
                if entry.last > wanted.upto && !wanted.newest_first || entry.max_time < wanted.since {
                    continue;
                }
                events = events.saturating_add(entry.count());
                if events > max_events && !page.is_empty() {
                    return Ok(page);
                }
                page.push(Arc::new(entry.read(stream, ends.end.epoch)?));
            }
            if found < count || events >= max_events {
                break;
            }
            count = next_count(found, bytes, max_events.saturating_sub(events), events / page.len().max(1));
        }
        Ok(page)
    }

    async fn entries(&self, stream: &StreamName, wanted: Wanted, count: usize) -> Result<Vec<Entry>, Trouble> {
        let (low, high) = (format!("{}-0", wanted.after.next().0), format!("{}-0", wanted.upto.0));
        let log = self.layout.log(stream);
        let answers = self
            .ask(stream, |_| {
                let mut pipeline = Pipeline::new();
                if wanted.newest_first {
                    pipeline.cmd("XREVRANGE").arg(&log).arg(&high).arg(&low).arg("COUNT").arg(count);
                } else {
                    pipeline.cmd("XRANGE").arg(&log).arg(&low).arg(&high).arg("COUNT").arg(count);
                }
                pipeline
            })
            .await?;
        stored::entries(answers.into_iter().next().unwrap_or_default())
    }

    /// The last offset of the first append with an event at or after a time.
    async fn start(&self, stream: &StreamName, wanted: Wanted) -> Result<Option<Offset>, Trouble> {
        let keys = [self.layout.log(stream)];
        let answers = self
            .ask(stream, |link: &Link| {
                let (from, to) = (wanted.after.next().0.to_string(), wanted.upto.0.to_string());
                let arguments = vec![from.into(), ordered(wanted.since.0).into(), to.into()];
                one(link.command(&Call { script: Script::Start, keys: &keys, arguments }))
            })
            .await?;
        let start = answers.first().map_or(Ok(None), text)?;
        Ok(start.and_then(|offset| offset.parse().ok()).map(Offset))
    }

    pub(crate) async fn ends(&self, stream: &StreamName) -> Result<Option<Ends>, Trouble> {
        let mut command = Cmd::new();
        command.arg("HMGET").arg(self.layout.meta(stream)).arg(&ENDS[..]);
        let answers = self.ask(stream, |_| one(command.clone())).await?;
        stored::ends(answers.into_iter().next().unwrap_or_default())
    }

    pub(crate) async fn info(&self, stream: &StreamName) -> Result<Option<StreamInfo>, LogError> {
        let found = self.infos(std::slice::from_ref(stream)).await?;
        Ok(found.into_iter().next())
    }

    pub(crate) async fn all(&self) -> Result<Vec<StreamInfo>, LogError> {
        let names = self.registry().await?;
        let mut infos = Vec::with_capacity(names.len());
        for partition in names.chunk_by(|one, two| self.layout.partition(one) == self.layout.partition(two)) {
            for streams in partition.chunks(STREAMS) {
                infos.extend(self.infos(streams).await?);
            }
        }
        infos.sort_unstable_by(|one, two| one.name.cmp(&two.name));
        Ok(infos)
    }

    /// Every name in the registry, each partition's together.
    pub(crate) async fn registry(&self) -> Result<Vec<StreamName>, LogError> {
        let answers = self
            .ask_registry(|_| {
                let mut command = Cmd::new();
                command.arg("SMEMBERS").arg(self.layout.streams());
                one(command)
            })
            .await?;
        let mut names = Vec::new();
        for name in list(answers.into_iter().next().unwrap_or_default())? {
            let name = text(&name)?.unwrap_or_default();
            names.push(StreamName::new(name).map_err(|error| LogError::Failed(format!("stream {name:?}: {error}")))?);
        }
        names.sort_unstable_by_key(|name| self.layout.partition(name));
        Ok(names)
    }

    /// What is known of streams of one partition that exist.
    async fn infos(&self, streams: &[StreamName]) -> Result<Vec<StreamInfo>, LogError> {
        let Some(first) = streams.first() else { return Ok(Vec::new()) };
        let question = |_: &Link| {
            let mut pipeline = Pipeline::new();
            for stream in streams {
                pipeline.cmd("HGETALL").arg(self.layout.meta(stream));
                pipeline.cmd("HGETALL").arg(self.layout.names(stream));
            }
            pipeline
        };
        let mut answers = self.ask(first, question).await?.into_iter();
        let mut infos = Vec::new();
        for stream in streams {
            let (meta, names) = (answers.next().unwrap_or_default(), answers.next().unwrap_or_default());
            infos.extend(stored::stream(meta, names)?.map(|stored| stored.state.info(stream)));
        }
        Ok(infos)
    }

    pub(crate) async fn verify(&self, stream: &StreamName, position: Position) -> Result<Verdict, LogError> {
        let Some(Ends { end, base, retained_from }) = self.ends(stream).await? else { return Ok(Verdict::WrongEpoch) };
        let state = StreamState { end, base, retained_from, ..StreamState::new(Epoch(end.epoch.0)) };
        match state.judge(position) {
            Judgement::Settled(verdict) => Ok(verdict),
            Judgement::LookUp => {
                let before = Offset(position.offset.0.saturating_sub(1));
                let wanted =
                    Wanted { after: before, upto: position.offset, since: Nanos(i64::MIN), newest_first: false };
                let found = self.entries(stream, wanted, 1).await?.into_iter().next();
                let found = found.filter(|entry| entry.last == position.offset);
                let found = found.map(|entry| (entry.proof, entry.accepted));
                Ok(judge_found(position, found, self.options.proofs_open()))
            }
        }
    }
}

impl Wanted {
    /// What is left once an entry was seen.
    fn behind(self, entry: &Entry) -> Self {
        if self.newest_first {
            Self { upto: Offset(entry.first.0.saturating_sub(1)), ..self }
        } else {
            Self { after: entry.last, ..self }
        }
    }
}

fn next_count(found: usize, bytes: usize, events_left: usize, events_each: usize) -> usize {
    let by_bytes = PAGE_BYTES / bytes.checked_div(found).unwrap_or(1).max(1);
    let by_events = events_left / events_each.max(1) + 1;
    by_bytes.min(by_events).clamp(1, MOST_APPENDS)
}

pub(crate) fn one(command: Cmd) -> Pipeline {
    let mut pipeline = Pipeline::new();
    pipeline.add_command(command);
    pipeline
}
