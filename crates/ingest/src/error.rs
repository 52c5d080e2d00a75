//! Why a whole body was refused.

use tideboard_model::ProblemCode;

/// Why nothing of a body was kept. Each variant has its own answer at the edge: see [`BodyError::code`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The body passed a size limit, as received or decompressed.
    #[error("the body is larger than {limit_bytes} bytes {stage}: send smaller batches")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
        /// Which size: `as sent` or `after decompression`.
        stage: &'static str,
    },
    /// The body holds more events than one request may.
    #[error("the body holds more than {limit} events: send smaller batches")]
    TooManyEvents {
        /// The limit.
        limit: usize,
    },
    /// The body's events hold more tags and fields than one request may.
    #[error("the body holds more than {limit} tags and fields: send smaller batches")]
    TooManyValues {
        /// The limit.
        limit: usize,
    },
    /// The content encoding is none that is understood.
    #[error("the content encoding `{encoding}` is not supported: use gzip or identity")]
    UnsupportedEncoding {
        /// The encoding as asked for, shortened.
        encoding: String,
    },
    /// The body is said to be gzip, but cannot be decompressed.
    #[error("the gzip data {reason}")]
    Gzip {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The body as a whole is malformed.
    #[error("line {line}, column {column} (byte {offset}): {reason}")]
    Syntax {
        /// What is wrong and how to mend it.
        reason: String,
        /// Line of the body, from 1.
        line: usize,
        /// Byte within that line, from 1 (0 before its first byte).
        column: usize,
        /// Byte of the body, from 0.
        offset: usize,
    },
}

impl BodyError {
    /// The problem that this refusal is to whoever sent the body.
    #[must_use]
    pub fn code(&self) -> ProblemCode {
        match self {
            Self::TooLarge { .. } | Self::TooManyEvents { .. } | Self::TooManyValues { .. } => ProblemCode::TooLarge,
            Self::UnsupportedEncoding { .. } => ProblemCode::UnsupportedMediaType,
            Self::Gzip { .. } | Self::Syntax { .. } => ProblemCode::InvalidInput,
        }
    }
}
