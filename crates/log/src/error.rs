//! What can go wrong, cut by what the caller does about it.

use std::path::PathBuf;

use tideboard_model::{FieldKind, FieldName, Offset, ProducerId, Sequence, StreamName, TagName};

use crate::window::WINDOW;

/// Why a batch was not appended: nothing of it is in the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The queue is full: try again after a moment.
    #[error("too many batches are waiting to be written: try again in a moment")]
    Busy,
    /// The disk is full. The log recovers by itself once there is space; reads go on.
    #[error("the disk is full: nothing is accepted until there is space")]
    Full,
    /// The log was closed.
    #[error("the log is closed")]
    Closed,
    /// The idempotency key was used before, within its window, for other content.
    #[error("this idempotency key was used for a batch with other content: use a new key for new content")]
    KeyReused,
    /// One more stream would pass the limit.
    #[error("there are {limit} streams already, which is as many as there may be")]
    TooManyStreams {
        /// The limit.
        limit: usize,
    },
    /// Storage failed. Whether the batch is kept shows only after a restart: retry under the same idempotency key.
    #[error("storage failed: {0}")]
    Failed(String),
}

/// Why one event of a batch was refused; the others were appended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The stream's first append with this field fixed another kind.
    #[error("field {field} holds {was} in this stream, not {is}", was = .was.as_str(), is = .is.as_str())]
    FieldConflict {
        /// Which field.
        field: FieldName,
        /// The kind in the refused event.
        is: FieldKind,
        /// The kind that the stream's first append fixed.
        was: FieldKind,
    },
    /// The event brings one field name too many.
    #[error("field {field} is new, and the stream has {limit} fields already, which is as many as it may have")]
    TooManyFields {
        /// The new name.
        field: FieldName,
        /// The limit.
        limit: usize,
    },
    /// The event brings one tag name too many.
    #[error("tag {tag} is new, and the stream has {limit} tags already, which is as many as it may have")]
    TooManyTags {
        /// The new name.
        tag: TagName,
        /// The limit.
        limit: usize,
    },
    /// The event names another stream than its batch.
    #[error("the event belongs to stream {stream}, not to the stream of its batch")]
    OtherStream {
        /// The stream that the event names.
        stream: StreamName,
    },
    /// So far below the producer's highest sequence that nobody knows any more whether it was appended.
    #[error(
        "sequence {sequence} is {behind} behind the highest of producer {producer}, {highest}: at most {WINDOW} are \
         told apart from repeats",
        behind = .highest.get().saturating_sub(.sequence.get())
    )]
    SequenceBehind {
        /// Whose sequence.
        producer: ProducerId,
        /// The one refused.
        sequence: Sequence,
        /// The highest one appended.
        highest: Sequence,
    },
}

/// The idempotency key is empty, or longer than [`IdempotencyKey::MAX_BYTES`](crate::IdempotencyKey::MAX_BYTES).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key has 1 to 256 bytes, this one has {bytes}")]
pub struct BadKey {
    /// Length of the refused key.
    pub bytes: usize,
}

/// Why a log could not be opened, read or trimmed.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The data folder can't be used as it is.
    #[error("the data folder {} can't be written: {source}", folder.display())]
    Unwritable {
        /// The folder.
        folder: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Another process has the log open.
    #[error("the log in {} is in use by another process: stop that one first, or choose another folder", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The file is a database, but no log.
    #[error("{} is not a log of Tideboard: move it away, or choose another folder", file.display())]
    NotALog {
        /// The file.
        file: PathBuf,
    },
    /// The file was written by a newer version of the program.
    #[error(
        "{} has format {found}, and this version of the program reads up to format {supported}: \
         start the version that wrote it, or a later one", file.display()
    )]
    NewerVersion {
        /// The file.
        file: PathBuf,
        /// The file's format.
        found: i64,
        /// The newest format that this program reads.
        supported: i64,
    },
    /// What was read is not what was written.
    #[error("stream {stream}: the append that ends at offset {last} is damaged: {reason}")]
    Corrupt {
        /// Which stream.
        stream: StreamName,
        /// The append's last offset.
        last: Offset,
        /// What does not fit.
        reason: &'static str,
    },
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// The log was closed.
    #[error("the log is closed")]
    Closed,
    /// Storage failed.
    #[error("storage failed: {0}")]
    Failed(String),
}

impl LogError {
    /// Whether the same may succeed a little later: the storage did not answer, which says nothing of what it holds.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Full | Self::Failed(_) => true,
            Self::Unwritable { .. }
            | Self::InUse { .. }
            | Self::NotALog { .. }
            | Self::NewerVersion { .. }
            | Self::Corrupt { .. }
            | Self::Closed => false,
        }
    }
}
