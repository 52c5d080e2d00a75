//! The examples of `docs/ingest.md` are true.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;

use tideboard_ingest::json::{self, Format};
use tideboard_ingest::line::{self, Precision};
use tideboard_ingest::{Decoded, Limits};
use tideboard_model::{Nanos, ProducerId, Sequence};

const NOW: Nanos = Nanos(1_800_000_000_000_000_000);

fn guide() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ingest.md")).unwrap()
}

/// The fenced blocks of a kind.
fn blocks(kind: &str) -> Vec<String> {
    let fence = format!("```{kind} event\n");
    guide().split(&fence).skip(1).map(|after| after.split("```").next().unwrap_or_default().to_owned()).collect()
}

fn lines(body: &str) -> Decoded {
    line::decode(body.as_bytes(), Precision::Ns, NOW, &Limits::default()).unwrap()
}

#[test]
fn events_shown_are_accepted() {
    let json = |body: &String, format| json::decode(body.as_bytes(), format, NOW, &Limits::default()).unwrap();
    let decoded: Vec<_> = (blocks("json").iter().map(|body| json(body, Format::Json)))
        .chain(blocks("ndjson").iter().map(|body| json(body, Format::Ndjson)))
        .chain(blocks("influx").iter().map(|body| lines(body)))
        .collect();
    assert_eq!(decoded.iter().map(|decoded| decoded.events.len()).collect::<Vec<_>>(), [1, 3, 2, 2, 2]);
    assert!(decoded.iter().all(|decoded| decoded.rejected_total == 0), "{decoded:?}");
}

#[test]
fn lines_shown_as_refused_are_refused_in_these_words() {
    let guide = guide();
    let table = guide.split("| line | reason |\n|---|---|\n").nth(1).unwrap();
    let rows: Vec<_> = table.lines().take_while(|row| row.starts_with('|')).collect();
    assert!(rows.len() > 5, "the table is found");
    for row in rows {
        let (line, reason) = row.trim_matches(['|', ' ']).split_once(" | ").unwrap();
        let decoded = lines(line.trim_matches('`'));
        assert_eq!(decoded.rejected.iter().map(|rejected| rejected.reason.as_str()).collect::<Vec<_>>(), [reason]);
    }
}

#[test]
fn limits_shown_are_the_defaults() {
    let Limits {
        max_body_bytes,
        max_decoded_bytes,
        max_events_per_request,
        max_values_per_request,
        max_line_bytes,
        max_tags,
        max_fields,
        max_tag_value_bytes,
        max_text_bytes,
        max_ahead,
        max_named_rejections,
    } = Limits::default();
    let guide = guide();
    for shown in [
        format!("| a body as sent | {} MiB ", max_body_bytes >> 20),
        format!("| a body unpacked from gzip | {} MiB ", max_decoded_bytes >> 20),
        format!("| events in a body | {},000 |", max_events_per_request / 1_000),
        format!("| tags and fields in a body | {},000,000 |", max_values_per_request / 1_000_000),
        format!("| one line, or one JSON event | {} MiB |", max_line_bytes >> 20),
        format!("| tags of an event | {max_tags} |"),
        format!("| fields of an event | {max_fields} |"),
        format!("| a tag's value | {} KiB |", max_tag_value_bytes >> 10),
        format!("| a text field | {} KiB |", max_text_bytes >> 10),
        format!("| a producer's name | {} bytes ", ProducerId::MAX_BYTES),
        format!("whole numbers from 0 to {}", Sequence::MAX),
        format!("| a time | from 1970 to {} hours ahead", max_ahead.as_secs() / 3_600),
    ] {
        assert!(guide.contains(&shown), "{shown}");
    }
    assert_eq!(max_named_rejections, 100, "the guide says a hundred");
}
