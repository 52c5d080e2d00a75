//! Events as line protocol: `measurement,tag=value field=1,other="text" 1700000000000000000`, a line each.
//!
//! The measurement is the stream. Rules where writers and servers of the world differ:
//! * In names and tag values a backslash escapes `,`, `=` and the space; before anything else it stands for itself, as
//!   the common client libraries write it. In quoted text it escapes `"` and `\`.
//! * A line break inside quoted text belongs to the text. Text whose quote is never closed costs its own line alone.
//! * A number without suffix is a float, `i` and `u` make integers; what does not fit 64 signed bits is refused.
//! * A tag or field given twice is refused: which of the two was meant is a guess.

mod frame;
mod parse;
mod scalar;

use tideboard_model::Nanos;

use self::frame::{Line, Lines};
use self::parse::Series;
use crate::decoded::Gather;
use crate::draft::Ground;
use crate::excerpt::excerpt;
use crate::{BodyError, Decoded, Limits, Rejected};

/// The unit of the times in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// Nanoseconds.
    #[default]
    Ns,
    /// Microseconds.
    Us,
    /// Milliseconds.
    Ms,
    /// Seconds.
    S,
    /// Minutes.
    M,
    /// Hours.
    H,
}

impl Precision {
    /// Reads the value of a `precision` parameter in the spellings of both versions of the protocol: `n ns u us µ µs
    /// ms s m h`. An empty value means nanoseconds.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "" | "n" | "ns" | "nanosecond" => Self::Ns,
            "u" | "us" | "µ" | "µs" | "microsecond" => Self::Us,
            "ms" | "millisecond" => Self::Ms,
            "s" | "second" => Self::S,
            "m" => Self::M,
            "h" => Self::H,
            _ => return None,
        })
    }

    fn nanos(self) -> i64 {
        match self {
            Self::Ns => 1,
            Self::Us => 1_000,
            Self::Ms => 1_000_000,
            Self::S => 1_000_000_000,
            Self::M => 60_000_000_000,
            Self::H => 3_600_000_000_000,
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Ns => "nanoseconds",
            Self::Us => "microseconds",
            Self::Ms => "milliseconds",
            Self::S => "seconds",
            Self::M => "minutes",
            Self::H => "hours",
        }
    }
}

/// Decodes a body. Places are line numbers from 1; a line that spans line breaks has the number of its first. Blank
/// lines and comments (`#`) are passed over. `now` is the time of lines that bring none.
///
/// # Errors
/// [`BodyError::TooManyEvents`] past the limit; every other trouble costs its line alone.
pub fn decode(body: &[u8], precision: Precision, now: Nanos, limits: &Limits) -> Result<Decoded, BodyError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut ground = Ground::new(limits, now);
    let (mut gather, mut series) = (Gather::new(limits), Series::new());
    for line in Lines::new(body, limits.max_line_bytes) {
        let event = readable(&line, limits).and_then(|text| parse::line(&mut ground, &mut series, text, precision));
        let event = event.map(|event| (event, None));
        gather.take(line.first, event, |reason| refusal(&line, reason))?;
    }
    Ok(gather.done())
}

fn readable<'b>(line: &Line<'b>, limits: &Limits) -> Result<&'b str, String> {
    if line.bytes.len() > limits.max_line_bytes {
        let bytes = line.bytes.len();
        return Err(format!("the line has {bytes} bytes, at most {} are allowed", limits.max_line_bytes));
    }
    std::str::from_utf8(line.bytes)
        .map_err(|error| format!("byte {} is not valid UTF-8: send UTF-8", error.valid_up_to() + 1))
}

fn refusal(line: &Line<'_>, reason: String) -> Rejected {
    let Line { first, last, bytes } = *line;
    let reason =
        if first == last { reason } else { format!("{reason} (quoted text carries the line on to line {last})") };
    Rejected { place: first, pointer: String::new(), reason, excerpt: Some(excerpt(bytes)) }
}

#[cfg(test)]
mod tests;
