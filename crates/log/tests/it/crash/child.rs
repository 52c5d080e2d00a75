//! The process that is killed or watched: this test binary, started again to append and to say so.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::sync::Arc;

use tideboard_log::{Batch, Log, SqliteLog};

use crate::fixture::{ManualClock, key, keyed, produced};

const FOLDER: &str = "TIDEBOARD_LOG_TEST_FOLDER";
const APPENDERS: &str = "TIDEBOARD_LOG_TEST_APPENDERS";
const APPENDS: &str = "TIDEBOARD_LOG_TEST_APPENDS";
const START: &str = "TIDEBOARD_LOG_TEST_START";
const BY: &str = "TIDEBOARD_LOG_TEST_BY";

/// What the child does.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// Appenders that share the log, each with a stream of its own.
    pub(crate) appenders: i64,
    /// Appends of each appender.
    pub(crate) appends: i64,
    /// The first value.
    pub(crate) start: i64,
    pub(crate) by: By,
}

/// What recognises the child's batches.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum By {
    Key,
    Sequence,
}

impl By {
    /// A batch of one value, as the child sends it and anyone who retries for it.
    pub(crate) fn batch(self, name: &str, value: i64) -> Batch {
        match self {
            Self::Key => keyed(name, [value], key("child", &value.to_string())),
            Self::Sequence => produced(name, "child", [u64::try_from(value).unwrap()]),
        }
    }
}

/// One acknowledged append of one event.
#[derive(Debug, Clone)]
pub(crate) struct Ack {
    pub(crate) stream: String,
    pub(crate) offset: u64,
    pub(crate) value: i64,
}

impl FromStr for Ack {
    type Err = ();

    /// A line that was cut off lacks its full stop.
    fn from_str(line: &str) -> Result<Self, ()> {
        let ["ack", stream, offset, value, "."] = *line.trim().split(' ').collect::<Vec<_>>() else { return Err(()) };
        let parsed = offset.parse().ok().zip(value.parse().ok()).ok_or(())?;
        Ok(Self { stream: stream.to_owned(), offset: parsed.0, value: parsed.1 })
    }
}

pub(crate) fn stream_of(appender: i64) -> String {
    format!("stream-{appender}")
}

/// This test binary, to run nothing but [`append_and_say_so`].
pub(crate) fn command(folder: &Path, load: Load) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "crash::child::append_and_say_so", "--nocapture", "--test-threads=1"]).env(FOLDER, folder);
    for (name, number) in [(APPENDERS, load.appenders), (APPENDS, load.appends), (START, load.start)] {
        command.env(name, number.to_string());
    }
    if load.by == By::Sequence {
        command.env(BY, "sequence");
    }
    command
}

/// Does nothing as a test; as a child it appends what it was told to.
#[test]
fn append_and_say_so() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let number = |name| std::env::var(name).unwrap().parse::<i64>().unwrap();
    let by = if std::env::var_os(BY).is_some() { By::Sequence } else { By::Key };
    let load = Load { appenders: number(APPENDERS), appends: number(APPENDS), start: number(START), by };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let mut options = ManualClock::default().options();
        options.checkpoint_bytes = 64 << 10;
        let log = Arc::new(SqliteLog::open(&folder, options).unwrap());
        println!();
        let appenders =
            (0..load.appenders).map(|appender| tokio::spawn(append(Arc::clone(&log), stream_of(appender), load)));
        for appender in appenders.collect::<Vec<_>>() {
            appender.await.unwrap();
        }
        log.close().await.unwrap();
    });
}

async fn append(log: Arc<SqliteLog>, name: String, load: Load) {
    for value in (load.start..).take(usize::try_from(load.appends).unwrap()) {
        let receipt = log.append(load.by.batch(&name, value)).await.unwrap();
        let line = format!("ack {name} {} {value} .\n", receipt.position.offset);
        // One write, so that a line is told whole or not at all.
        std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
    }
}
