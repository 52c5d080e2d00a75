//! Moving an installation between its folder and storage that nodes share, and back.

use std::fmt::Write as _;

use tideboard_log::{AppendError, Batch, Log, LogError};
use tideboard_model::{Offset, StreamName};
use tideboard_store::{SqliteStore, Store, StoreError};

use super::{CommandError, print};
use crate::cli::Place;
use crate::config::{Config, Key};
use crate::open::{self, Folder, OpenError};

/// Events read and appended at once.
const PAGE_EVENTS: usize = 1_000;
/// On whose behalf moved events are appended.
const MOVER: &str = "system:migrate";

#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("nothing is shared: set {} or {} to where it is to go, or comes from", .0.variable(), .1.variable())]
    NothingShared(Key, Key),
    #[error("{0}: there is an installation already. Move to an empty place, or take what is there away first")]
    NotEmpty(&'static str),
    #[error(
        "stream {stream} holds other events than where it came from: someone writes to one of the two. Stop all nodes, empty the new place, and try again"
    )]
    Differs { stream: StreamName },
    #[error("stream {stream}: {refused} events were refused on the way: {reason}")]
    Refused { stream: StreamName, refused: usize, reason: String },
    #[error("the events could not be written: {0}")]
    Append(#[from] AppendError),
    #[error("the events could not be read: {0}")]
    Read(#[from] LogError),
    #[error("users and dashboards could not be moved: {0}")]
    Store(StoreError),
}

/// Moves all that is shared by the configuration, verified, and says what was moved. What is moved stays where it was.
pub(super) async fn run(config: &Config, to: Place) -> Result<(), CommandError> {
    if config.redis.is_none() && config.postgres.is_none() {
        return Err(Error::NothingShared(Key::Redis, Key::Postgres).into());
    }
    // No server may run on the folder meanwhile.
    let _folder = Folder::hold(&config.data)?;
    let mut report = String::new();
    if config.postgres.is_some() {
        report += &metadata(config, to).await?;
    }
    if config.redis.is_some() {
        report += &events(config, to).await?;
    }
    let place = match to {
        Place::Shared => "the shared storage",
        Place::Folder => "the folder",
    };
    print(&format_args!("{report}Moved to {place} and compared. What was moved is still where it was.\n"))
}

async fn metadata(config: &Config, to: Place) -> Result<String, CommandError> {
    let file = config.data.join("meta.db");
    let in_folder = tokio::task::spawn_blocking(move || SqliteStore::open_without_installation(&file));
    let in_folder = in_folder.await.or(Err(OpenError::Broken))?.map_err(OpenError::from)?;
    let shared = open::postgres(config).await?;
    let (from, to): (&dyn Store, &dyn Store) = match to {
        Place::Shared => (&in_folder, &shared),
        Place::Folder => (&shared, &in_folder),
    };
    let tallies = tideboard_store::copy(from, to).await.map_err(|error| {
        let not_empty = matches!(error, StoreError::NotEmpty { .. });
        if not_empty { Error::NotEmpty("users and dashboards") } else { Error::Store(error) }
    })?;
    let mut report = String::new();
    for tally in tallies {
        writeln!(report, "{:>9}  {}", tally.count, tally.kind).ok();
    }
    Ok(report)
}

async fn events(config: &Config, to: Place) -> Result<String, CommandError> {
    let clock = open::system_clock();
    let in_folder = open::log_in_folder(config, &clock).await?;
    let shared = open::log(config, &clock).await?;
    let (from, to) = match to {
        Place::Shared => (in_folder, shared),
        Place::Folder => (shared, in_folder),
    };
    let moved = copy(from.as_ref(), to.as_ref()).await;
    // Closed in any case: what was appended is kept.
    for log in [from, to] {
        log.close().await.map_err(Error::from)?;
    }
    let (streams, events) = moved?;
    Ok(format!("{streams:>9}  streams\n{events:>9}  events\n"))
}

/// Appends every event of one log to another that is empty, and compares. The events get positions of their own there.
async fn copy(from: &dyn Log, to: &dyn Log) -> Result<(usize, usize), Error> {
    if !to.streams().await?.is_empty() {
        return Err(Error::NotEmpty("events"));
    }
    let streams = from.streams().await?;
    let mut events = 0;
    for stream in &streams {
        copy_stream(from, to, &stream.name).await?;
        events += compare(from, to, &stream.name).await?;
    }
    Ok((streams.len(), events))
}

async fn copy_stream(from: &dyn Log, to: &dyn Log, stream: &StreamName) -> Result<(), Error> {
    let mut after = Offset::ZERO;
    loop {
        let page = from.read(stream, after, PAGE_EVENTS).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.position.offset;
        for append in &page {
            let (stream, events) = (stream.clone(), append.events.to_vec());
            let batch = Batch { stream, principal: MOVER.into(), events, serials: Vec::new(), key: None };
            let receipt = to.append(batch).await?;
            if let Some(refused) = receipt.refused.first() {
                let (stream, refused, reason) =
                    (append.stream.clone(), receipt.refused.len(), refused.reason.to_string());
                return Err(Error::Refused { stream, refused, reason });
            }
        }
    }
}

/// How many events there are, once both logs hold the same, append by append.
async fn compare(one: &dyn Log, other: &dyn Log, stream: &StreamName) -> Result<usize, Error> {
    let (mut after, mut events) = ((Offset::ZERO, Offset::ZERO), 0);
    loop {
        let pages = (one.read(stream, after.0, PAGE_EVENTS).await?, other.read(stream, after.1, PAGE_EVENTS).await?);
        let (one, other) = match (pages.0.last(), pages.1.last()) {
            (None, None) => return Ok(events),
            (Some(one), Some(other)) => (one, other),
            (None, Some(_)) | (Some(_), None) => return Err(Error::Differs { stream: stream.clone() }),
        };
        after = (one.position.offset, other.position.offset);
        if !pages.0.iter().map(|append| &append.events).eq(pages.1.iter().map(|append| &append.events)) {
            return Err(Error::Differs { stream: stream.clone() });
        }
        events += pages.0.iter().map(|append| append.events.len()).sum::<usize>();
    }
}
