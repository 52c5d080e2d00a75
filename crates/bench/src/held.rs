//! What a viewer holds, by the rules of `docs/protocol.md`: positions and windows to resume with, and cells to compare.

mod cells;
mod frame;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use self::cells::Cells;
pub(crate) use self::frame::{Head, Part, head, split};
use crate::error::{BenchError, unexpected};

/// What one viewer holds, across connections. Its views are named `0`, `1`, ….
pub(crate) struct Held {
    position: BTreeMap<String, String>,
    views: Vec<View>,
    keeps_cells: bool,
    /// Parts taken in.
    pub(crate) parts: u64,
    /// Number, messages and parts of a frame that is not whole yet.
    partial: (u64, u64, Vec<Part>),
    /// Number of the last frame of this connection.
    seq: u64,
}

struct View {
    query: Value,
    identity: String,
    width: i64,
    told: bool,
    window: Option<(i64, i64)>,
    cells: Cells,
}

#[derive(Deserialize)]
struct Subscribed {
    views: Vec<Opened>,
}

#[derive(Deserialize)]
struct Opened {
    identity: Option<String>,
    width: Option<i64>,
}

/// Whether a viewer keeps what it is told, or only what it needs to resume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// Cells too.
    Cells,
    /// Positions and windows.
    Positions,
}

impl Held {
    /// Holds nothing yet.
    pub(crate) fn new(queries: &[Value], keeps: Keeps) -> Self {
        let view = |query: &Value| View {
            query: query.clone(),
            identity: String::new(),
            width: 1,
            told: false,
            window: None,
            cells: Cells::new(query),
        };
        Self {
            position: BTreeMap::new(),
            views: queries.iter().map(view).collect(),
            keeps_cells: keeps == Keeps::Cells,
            parts: 0,
            partial: (0, 0, Vec::new()),
            seq: 0,
        }
    }

    /// Stream → position.
    pub(crate) fn position(&self) -> &BTreeMap<String, String> {
        &self.position
    }

    /// The shape of a view.
    pub(crate) fn shape(&self, view: &str) -> &str {
        let view = view.parse().ok().and_then(|view: usize| self.views.get(view));
        view.and_then(|view| view.query.get("shape")?.as_str()).unwrap_or_default()
    }

    /// The body of `subscribe`, for a first time or to resume.
    pub(crate) fn subscribe(&mut self) -> Value {
        (self.partial, self.seq) = ((0, 0, Vec::new()), 0);
        let view = |(number, view): (usize, &View)| {
            let mut asked = json!({"id": number.to_string(), "query": view.query});
            if view.told
                && let Some(asked) = asked.as_object_mut()
            {
                let mut have = json!({"identity": view.identity});
                if let (Some(window), Some(have)) = (view.window, have.as_object_mut()) {
                    have.insert("window".to_owned(), json!(window));
                }
                asked.insert("have".to_owned(), have);
            }
            asked
        };
        let views: Vec<_> = self.views.iter().enumerate().map(view).collect();
        if self.position.is_empty() {
            json!({"views": views})
        } else {
            json!({"views": views, "position": self.position})
        }
    }

    /// Takes in the acknowledgement, as the body of its packet.
    pub(crate) fn subscribed(&mut self, answer: &str) -> Result<(), BenchError> {
        let (answer,): (Subscribed,) = serde_json::from_str(answer)?;
        for (view, opened) in self.views.iter_mut().zip(answer.views) {
            let Some(identity) = opened.identity else { return unexpected("a view was refused") };
            (view.identity, view.width) = (identity, opened.width.unwrap_or(1));
        }
        Ok(())
    }

    /// Takes in a message of a frame, as its JSON; the whole frame once it is complete.
    pub(crate) fn frame(&mut self, text: &str) -> Result<Option<(Head, Vec<Part>)>, BenchError> {
        let (head, parts) = split(text)?;
        if self.partial.0 != head.seq {
            self.partial = (head.seq, 0, Vec::new());
        }
        self.partial.1 += 1;
        self.partial.2.extend(parts);
        if head.more {
            return Ok(None);
        }
        let (_, messages, parts) = std::mem::take(&mut self.partial);
        if messages != head.messages.unwrap_or(1) {
            return unexpected(format!("{messages} of {:?} messages of frame {} came", head.messages, head.seq));
        }
        if head.seq != self.seq + 1 {
            return unexpected(format!("frame {} came after frame {}", head.seq, self.seq));
        }
        self.seq = head.seq;
        for (stream, from) in &head.from {
            let held = self.position.get(stream);
            if held != from.as_ref() {
                return unexpected(format!("{stream}: a frame starts at {from:?}, the viewer stands at {held:?}"));
            }
        }
        for part in &parts {
            self.part(part)?;
        }
        self.parts += parts.len() as u64;
        let head = Head { to: self.ends(&head)?, ..head };
        self.position.extend(head.to.clone());
        Ok(Some((head, parts)))
    }

    /// Where a frame leads, written out.
    fn ends(&self, head: &Head) -> Result<BTreeMap<String, String>, BenchError> {
        let end = |(stream, to): (&String, &String)| {
            let held = self.position.get(stream);
            let told = head.from.contains_key(stream) || held.is_some();
            let text = match to.strip_prefix('~') {
                None => Some(to.clone()),
                Some(rest) => held.and_then(|held| held.split_once('.')).map(|(log, _)| format!("{log}.{rest}")),
            };
            match text.filter(|_| told) {
                Some(text) => Ok((stream.clone(), text)),
                None => unexpected(format!("{stream}: a frame to `{to}` starts where nothing was told")),
            }
        };
        head.to.iter().map(end).collect()
    }

    fn part(&mut self, part: &Part) -> Result<(), BenchError> {
        let view = part.view.parse().ok().and_then(|view: usize| self.views.get_mut(view));
        let Some(view) = view else { return unexpected(format!("a frame for a view `{}`", part.view)) };
        view.told = true;
        view.window = part.window.or(view.window);
        if self.keeps_cells { view.cells.take(part, view.width) } else { Ok(()) }
    }

    /// Compares with another viewer of the same views that stands where this one does.
    pub(crate) fn same_as(&self, other: &Self) -> Result<(), BenchError> {
        if self.position != other.position {
            return unexpected(format!("one viewer stands at {:?}, the other at {:?}", self.position, other.position));
        }
        for (number, (one, two)) in self.views.iter().zip(&other.views).enumerate() {
            let from = one.window.max(two.window).map(|(from, _)| from);
            if one.cells.shown(from, one.width) != two.cells.shown(from, two.width) {
                return unexpected(format!("two viewers hold different cells of view {number}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> Held {
        let query = json!({"stream": "s", "shape": "series", "bucket": 1_000});
        let mut held = Held::new(&[query], Keeps::Cells);
        held.subscribed(r#"[{"views":[{"id":"0","identity":"i","stream":"s","width":1000}]}]"#).unwrap();
        held
    }

    #[test]
    fn what_was_told_is_presented_on_return() {
        let mut held = series();
        assert_eq!(held.subscribe()["views"][0].get("have"), None);
        let frame = r#"{"seq":1,"now":5,"from":{"s":null},"to":{"s":"e.1.p"},
                        "parts":[{"view":"0","window":[0,9000],"reason":"new","replace":[[[],[1,2],[[10,20]]]]}]}"#;
        assert!(held.frame(frame).unwrap().is_some());
        let again = held.subscribe();
        assert_eq!(again["position"], json!({"s": "e.1.p"}));
        assert_eq!(again["views"][0]["have"], json!({"identity": "i", "window": [0, 9_000]}));
    }

    #[test]
    fn a_frame_in_several_messages_counts_once_it_is_whole() {
        let mut held = series();
        let first = r#"{"seq":1,"more":true,"now":5,"parts":[{"view":"0","reason":"new","replace":[]}]}"#;
        assert!(held.frame(first).unwrap().is_none());
        let last = r#"{"seq":1,"now":5,"messages":2,"from":{"s":null},"to":{"s":"e.1.p"},
                       "parts":[{"view":"0","diff":[[[],[1],[[10]]]]}]}"#;
        assert_eq!(held.frame(last).unwrap().unwrap().1.len(), 2);
    }

    #[test]
    fn a_frame_of_which_a_message_was_lost_is_an_error() {
        let last = r#"{"seq":1,"now":5,"messages":2,"from":{"s":null},"to":{"s":"e.1.p"},"parts":[]}"#;
        assert!(series().frame(last).is_err());
    }

    #[test]
    fn a_frame_goes_on_where_the_last_one_led() {
        let mut held = series();
        let first = r#"{"seq":1,"now":5,"from":{"s":null},"to":{"s":"e.1.p"},"parts":[]}"#;
        let second = r#"{"seq":2,"now":5,"to":{"s":"~2.q"},"parts":[]}"#;
        assert!(series().frame(second).is_err(), "it lacks the first");
        held.frame(first).unwrap();
        assert_eq!(held.frame(second).unwrap().unwrap().0.to["s"], "e.2.q");
        assert!(held.frame(second).is_err(), "it had it");
        assert!(held.frame(r#"{"seq":3,"now":5,"to":{"t":"~2.q"},"parts":[]}"#).is_err(), "nothing was told of it");
    }

    #[test]
    fn a_frame_from_elsewhere_is_an_error() {
        let frame = r#"{"seq":1,"now":5,"from":{"s":"e.7.p"},"to":{"s":"e.9.p"},"parts":[]}"#;
        assert!(series().frame(frame).is_err());
    }

    #[test]
    fn viewers_are_compared_in_the_window_that_both_show() {
        let frame = |window: &str, rows: &str| {
            format!(
                r#"{{"seq":1,"now":5,"from":{{"s":null}},"to":{{"s":"e.1.p"}},
                    "parts":[{{"view":"0","window":{window},"reason":"new","replace":{rows}}}]}}"#
            )
        };
        let (mut one, mut two, mut three) = (series(), series(), series());
        one.frame(&frame("[1000,9000]", "[[[],[1,2],[[10,20]]]]")).unwrap();
        two.frame(&frame("[2000,10000]", "[[[],[2],[[20]]]]")).unwrap();
        three.frame(&frame("[2000,10000]", "[[[],[2],[[21]]]]")).unwrap();
        assert!(one.same_as(&two).is_ok());
        assert!(one.same_as(&three).is_err());
    }
}
