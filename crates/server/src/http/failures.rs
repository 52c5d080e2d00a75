//! Failures of other rooms as problems: each variant decided.

use tideboard_access::Denial;
use tideboard_boards::BoardError;
use tideboard_ingest::BodyError;
use tideboard_log::{AppendError, LogError};
use tideboard_model::ProblemCode;
use tideboard_store::StoreError;

use super::problem::{ApiError, BadPlace};
use crate::ingest::AcceptError;

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { .. } => Self::new(ProblemCode::NotFound, error.to_string()),
            StoreError::Conflict { .. } | StoreError::Exists { .. } => {
                Self::new(ProblemCode::Conflict, error.to_string())
            }
            StoreError::Refused { reason } => Self::new(ProblemCode::InvalidInput, reason),
            StoreError::Invalid(error) => error.into(),
            StoreError::Full => Self::new(ProblemCode::StorageFull, "the disk is full: nothing is saved"),
            StoreError::Busy => Self::new(ProblemCode::Overloaded, "storage is busy: try again in a moment"),
            StoreError::Unreachable { .. } => {
                tracing::warn!(error = &error as &dyn std::error::Error, "metadata can't be reached");
                Self::new(ProblemCode::Overloaded, "users and dashboards can't be read just now: try again in a moment")
            }
            StoreError::Closed => Self::new(ProblemCode::ShuttingDown, "the server is shutting down"),
            StoreError::NewerVersion { .. }
            | StoreError::NotEmpty { .. }
            | StoreError::BadAddress { .. }
            | StoreError::Unwritable { .. }
            | StoreError::Damaged { .. }
            | StoreError::Failed { .. } => storage_failed(&error),
        }
    }
}

impl From<BoardError> for ApiError {
    fn from(error: BoardError) -> Self {
        match error {
            BoardError::TooLong { .. } => Self::new(ProblemCode::TooLarge, error.to_string()),
            BoardError::Json { reason } => Self::new(ProblemCode::InvalidInput, reason),
            BoardError::Invalid { faults } => {
                let detail = format!("the document breaks {} of its rules: see errors", faults.len());
                let place = |fault: tideboard_boards::Fault| BadPlace {
                    pointer: Some(fault.pointer),
                    line: None,
                    detail: fault.reason,
                    excerpt: None,
                };
                let errors = faults.into_iter().map(place).collect();
                Self { errors, ..Self::new(ProblemCode::InvalidInput, detail) }
            }
        }
    }
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<Denial> for ApiError {
    fn from(denial: Denial) -> Self {
        let code = if denial.hides() { ProblemCode::NotFound } else { ProblemCode::Forbidden };
        Self::new(code, denial.to_string())
    }
}

impl From<LogError> for ApiError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Full => Self::new(ProblemCode::StorageFull, error.to_string()),
            LogError::Closed => Self::new(ProblemCode::ShuttingDown, "the server is shutting down"),
            LogError::Unwritable { .. }
            | LogError::InUse { .. }
            | LogError::NotALog { .. }
            | LogError::NewerVersion { .. }
            | LogError::Corrupt { .. }
            | LogError::Failed(_) => storage_failed(&error),
        }
    }
}

impl From<AcceptError> for ApiError {
    fn from(error: AcceptError) -> Self {
        let code = match &error {
            AcceptError::BadKey(_) | AcceptError::Append(AppendError::KeyReused) => ProblemCode::InvalidInput,
            AcceptError::Append(AppendError::Busy) => ProblemCode::Overloaded,
            AcceptError::Append(AppendError::Full) => ProblemCode::StorageFull,
            AcceptError::Append(AppendError::Closed) => ProblemCode::ShuttingDown,
            AcceptError::Append(AppendError::TooManyStreams { .. }) => ProblemCode::InvalidInput,
            AcceptError::Append(AppendError::Failed(_)) => return storage_failed(&error),
        };
        Self::new(code, error.to_string())
    }
}

/// What storage says of itself is for the log: it may name files.
fn storage_failed(cause: &(dyn std::error::Error + 'static)) -> ApiError {
    tracing::error!(error = cause, "storage failed");
    ApiError::new(ProblemCode::StorageFailed, "storage failed: the server's log says how")
}
