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
    /// What was to be filled holds something already: it is left as it is.
    #[error("the metadata store is not empty: it holds {found}")]
    NotEmpty {
        /// What it holds.
        found: &'static str,
    },
    /// The metadata was written by a newer version: run that one, or restore a backup.
    #[error("the metadata has schema version {found}, this version of Tideboard knows {known}: use a newer Tideboard")]
    NewerVersion {
        /// What is stored there.
        found: i64,
        /// The newest this version knows.
        known: i64,
    },
    /// The address of the database can't be used: correct it.
    #[error("the address of the metadata database can't be used: {reason}")]
    BadAddress {
        /// What is wrong with it; no password.
        reason: String,
    },
    /// The disk is full: nothing is saved, reads go on.
    #[error("the disk is full")]
    Full,
    /// The file, its folder or the database cannot be written.
    #[error("the metadata cannot be written: {reason}")]
    Unwritable {
        /// What the system says.
        reason: String,
    },
    /// Others hold the store for too long: try again.
    #[error("the metadata store is busy")]
    Busy,
    /// The database can't be reached, or does not answer in time: try again. A change may have happened all the same.
    #[error("the metadata database can't be reached: {reason}")]
    Unreachable {
        /// What went wrong.
        reason: String,
    },
    /// What is stored makes no sense to this version.
    #[error("the metadata is damaged: {reason}")]
    Damaged {
        /// What was found.
        reason: String,
    },
    /// The store is closed.
    #[error("the metadata store is closed")]
    Closed,
    /// Storage failed otherwise.
    #[error("the metadata store failed: {reason}")]
    Failed {
        /// What the library says.
        reason: String,
    },
}
