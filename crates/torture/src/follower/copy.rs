//! What a follower has of each stream: all that it was shown, in order.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::event::Event;
use crate::judge::plain;

/// An event as it was shown: whose, which one, and what its content comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shown {
    who: u64,
    number: u64,
    content: u64,
}

/// What a follower has of one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Copy {
    /// How far it has come; `None`: before the first event.
    pub(crate) position: Option<String>,
    /// All that it was shown, in order.
    pub(crate) events: Vec<Shown>,
}

/// What a follower has of all streams.
#[derive(Debug, Clone, Default)]
pub(crate) struct Copies {
    /// By stream.
    pub(crate) streams: BTreeMap<String, Copy>,
    /// By stream, what was known for sure when its position was told, and the era of the data.
    told: BTreeMap<String, (u64, u32)>,
}

impl Shown {
    /// Of an event as the protocol shows it; `None`: it is none that a producer makes.
    pub(crate) fn of(event: &Value) -> Option<Self> {
        let who = event.pointer("/tags/who")?.as_str()?.strip_prefix('p')?.parse().ok()?;
        let number = event.pointer("/fields/n")?.as_f64()?;
        let mut content = DefaultHasher::new();
        plain(event).to_string().hash(&mut content);
        // Numbers of events are small.
        Some(Self { who, number: number as u64, content: content.finish() })
    }
}

impl From<&Event> for Shown {
    fn from(event: &Event) -> Self {
        Self { number: event.number, ..Self::of(&event.shown()).unwrap_or(Self { who: 0, number: 0, content: 0 }) }
    }
}

impl Copies {
    /// A position was told.
    pub(super) fn tell(&mut self, stream: &str, settled: u64, era: u32) {
        self.told.insert(stream.to_owned(), (settled, era));
    }

    /// What was known for sure when the last position was told, and the era of the data.
    pub(super) fn told(&self, stream: &str) -> (u64, u32) {
        self.told.get(stream).copied().unwrap_or_default()
    }

    /// What was shown, by stream.
    pub(crate) fn index(&self) -> BTreeMap<&str, BTreeSet<Shown>> {
        self.streams.iter().map(|(stream, copy)| (stream.as_str(), copy.events.iter().copied().collect())).collect()
    }

    /// What is wrong with it, all of what was acknowledged being there: what is shown twice, or was never acknowledged.
    pub(crate) fn excess(&self, events: &[Event]) -> Vec<String> {
        let mut due: BTreeMap<&str, BTreeSet<Shown>> = BTreeMap::new();
        for event in events {
            due.entry(event.stream).or_default().insert(event.into());
        }
        let mut wrong = Vec::new();
        for (stream, copy) in &self.streams {
            let mut left = due.remove(stream.as_str()).unwrap_or_default();
            wrong.extend(copy.events.iter().filter(|shown| !left.remove(shown)).map(|shown| {
                let Shown { who, number, .. } = shown;
                format!("in `{stream}` event {number} of p{who} is one too many, or not as it was sent")
            }));
        }
        wrong
    }

    /// How it differs from what another has; `None` if it does not.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        self.streams.iter().find_map(|(stream, copy)| {
            let theirs = other.streams.get(stream).cloned().unwrap_or_default();
            let common = copy.events.iter().zip(&theirs.events).take_while(|(one, other)| one == other).count();
            let (mine, its) = (copy.events.len(), theirs.events.len());
            if common < mine.max(its) {
                let around = |copy: &Copy| {
                    let some = copy.events.iter().skip(common.saturating_sub(1)).take(4);
                    some.map(|shown| format!("p{}:{}", shown.who, shown.number)).collect::<Vec<_>>().join(" ")
                };
                let (one, two) = (around(copy), around(&theirs));
                return Some(format!(
                    "`{stream}`: {mine} events for {its}, the first {common} alike; from there {one} for {two}"
                ));
            }
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use tideboard_testkit::Dice;

    use super::*;

    #[test]
    fn what_is_lost_doubled_or_turned_around_is_told() {
        let mut dice = Dice::new(2, "events");
        let events: Vec<_> = (1..40).map(|number| Event::invent(&mut dice, 0, number, 0)).collect();
        let mut copies = Copies::default();
        for event in &events {
            copies.streams.entry(event.stream.to_owned()).or_default().events.push(event.into());
        }
        assert!(copies.excess(&events).is_empty());
        assert!(events.iter().all(|event| copies.index()[event.stream].contains(&event.into())));
        let mut other = copies.clone();
        assert_eq!(copies.difference(&other), None);
        let tides = &mut other.streams.get_mut("tides").unwrap().events;
        tides.swap(1, 2);
        assert!(copies.difference(&other).is_some_and(|text| text.contains("the first 1 alike")));
        let tides = &mut other.streams.get_mut("tides").unwrap().events;
        tides.push(tides[0]);
        assert_eq!(other.excess(&events).len(), 1);
    }
}
