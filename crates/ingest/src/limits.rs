//! Limits on what one request may bring: they bound memory and work before anything is stored.

use std::time::Duration;

/// Bounds on one request. Past one there is a clear refusal, never a silent cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a body as received, still compressed.
    pub max_body_bytes: usize,
    /// Bytes of a body after decompression.
    pub max_decoded_bytes: usize,
    /// Events in one request, refused ones included.
    pub max_events_per_request: usize,
    /// Tags and fields of all accepted events of one request together: each costs memory, however short its text.
    pub max_values_per_request: usize,
    /// Bytes of one line of line protocol, or of one JSON event.
    pub max_line_bytes: usize,
    /// Tags of one event.
    pub max_tags: usize,
    /// Fields of one event.
    pub max_fields: usize,
    /// Bytes of one tag's value.
    pub max_tag_value_bytes: usize,
    /// Bytes of one text field.
    pub max_text_bytes: usize,
    /// How far ahead of its arrival an event may be.
    pub max_ahead: Duration,
    /// How many refusals are described; those beyond are still counted.
    pub max_named_rejections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body_bytes: 8 << 20,
            max_decoded_bytes: 64 << 20,
            max_events_per_request: 100_000,
            max_values_per_request: 1_000_000,
            max_line_bytes: 1 << 20,
            max_tags: 64,
            max_fields: 512,
            max_tag_value_bytes: 1 << 10,
            max_text_bytes: 64 << 10,
            max_ahead: Duration::from_secs(24 * 60 * 60),
            max_named_rejections: 100,
        }
    }
}
