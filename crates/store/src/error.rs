//! Why storage refused or failed.

use tideboard_boards::BoardError;

/// Why storage refused or failed; each variant is a decision for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No such thing, or it no longer counts: revoked, expired, used.
    #[error("there is no such {what}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// The document was saved by someone else since it was read: fetch it, then save again.
    #[error("changed since it was read: the current revision is {current}")]
    Conflict {
        /// The revision to start from; 0 if the document is gone.
        current: u32,
    },
    /// Something with this id is there already.
    #[error("there is already a {what} with this id")]
    Exists {
        /// What was to be created.
        what: &'static str,
    },
    /// A rule that keeps the installation usable stands against it.
    #[error("{reason}")]
    Refused {
        /// Which rule, and what to do instead.
        reason: &'static str,
    },
    /// The document breaks its own rules.
    #[error(transparent)]
    Invalid(#[from] BoardError),
    /// The file was written by a newer version: run that one, or restore a backup.
    #[error("meta.db has schema version {found}, this version of Tideboard knows {known}: use a newer Tideboard")]
    NewerVersion {
        /// What the file says.
        found: i64,
        /// The newest this version knows.
        known: i64,
    },
    /// The disk is full: nothing is saved, reads go on.
    #[error("the disk is full")]
    Full,
    /// The file or its folder cannot be written.
    #[error("meta.db cannot be written: {reason}")]
    Unwritable {
        /// What the system says.
        reason: String,
    },
    /// Someone else holds the file for too long: try again.
    #[error("meta.db is busy")]
    Busy,
    /// What is stored makes no sense to this version.
    #[error("meta.db is damaged: {reason}")]
    Damaged {
        /// What was found.
        reason: String,
    },
    /// The store is closed.
    #[error("the metadata store is closed")]
    Closed,
    /// Storage failed otherwise.
    #[error("meta.db failed: {reason}")]
    Failed {
        /// What the library says.
        reason: String,
    },
}
