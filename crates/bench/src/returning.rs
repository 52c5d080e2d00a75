//! Viewers that come back and ask for what they missed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::crowd::Member;
use crate::error::{BenchError, unexpected};
use crate::held::head;
use crate::viewer::{answered, frame_in};

/// One viewer's return.
pub(crate) struct Return {
    /// From the request to the frame that made it consistent.
    pub(crate) took: Duration,
    /// Bytes of what came meanwhile.
    pub(crate) bytes: u64,
    /// Messages of frames, in order.
    pub(crate) frames: Vec<String>,
}

/// Asks to resume. Consistent is who was moved from every position presented to the offset that is wanted of its stream, or
/// further.
pub(crate) async fn resume(member: &mut Member, mut wanted: BTreeMap<String, u64>) -> Result<Return, BenchError> {
    let body = member.held.subscribe();
    let (before, asked) = (member.viewer.bytes(), Instant::now());
    member.viewer.ask_for(&body).await?;
    let mut frames = Vec::new();
    while !wanted.is_empty() {
        let packet = member.viewer.next().await?;
        if packet.starts_with("430") {
            member.held.subscribed(answered(&packet)?)?;
        } else if let Some(frame) = frame_in(&packet) {
            let head = head(frame)?;
            wanted.retain(|stream, least| {
                head.to.get(stream.as_str()).and_then(|text| offset(text)).is_none_or(|at| at < *least)
            });
            frames.push(frame.to_owned());
        } else {
            return unexpected(format!("a viewer that resumes was told: {packet}"));
        }
    }
    Ok(Return { took: asked.elapsed(), bytes: member.viewer.bytes() - before, frames })
}

/// A position's second part is its offset. Viewers do not look into it; whoever measures may.
fn offset(position: &str) -> Option<u64> {
    // What comes before the dot may be left out.
    let rest = position.strip_prefix('~').or_else(|| Some(position.split_once('.')?.1))?;
    rest.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_from_whole_and_short_positions() {
        for (position, at) in [("9f3a.1200.77ab", Some(1_200)), ("~1209.01fe", Some(1_209)), ("9f3a", None)] {
            assert_eq!(offset(position), at, "{position}");
        }
    }
}
