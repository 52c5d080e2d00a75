//! Events as producers make them, and how they are written.

use std::fmt::Write;

use serde_json::{Value, json};
use tideboard_testkit::Dice;

/// The streams that are written to.
pub(crate) const STREAMS: [&str; 3] = ["tides", "gusts", "rare"];
/// Values of the tag `host`.
pub(crate) const HOSTS: [&str; 5] = ["h0", "h1", "h2", "h3", "h4"];
/// Values of the tag `zone`: every writer has to escape them.
pub(crate) const ZONES: [&str; 4] = ["north", "süd 1", "a,b=c", "\"quoted\""];
/// Parts of the field `heat` that make one.
pub(crate) const HEAT_PARTS: f64 = 65_536.0;
const NANOS_PER_MS: i64 = 1_000_000;

/// One event. No two of a stream have the same time, so that first and last follow from the time alone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    /// Which producer sent it.
    pub(crate) who: usize,
    /// Counts the producer's events from 1.
    pub(crate) number: u64,
    /// The stream.
    pub(crate) stream: &'static str,
    /// When it happened, in nanoseconds.
    pub(crate) time: i64,
    /// The tag `host`.
    pub(crate) host: &'static str,
    /// The tag `zone`.
    pub(crate) zone: Option<&'static str>,
    /// The field `load`, a whole number.
    pub(crate) load: Option<i64>,
    /// The field `heat`, in [`HEAT_PARTS`]: a float that is exact, while sums of many need rounding.
    pub(crate) heat: Option<i64>,
}

impl Event {
    /// Makes one up. `now` and the spread of times are in milliseconds.
    pub(crate) fn invent(dice: &mut Dice, who: usize, number: u64, now: i64) -> Self {
        let away = |dice: &mut Dice, ms| i64::try_from(dice.within(0, ms)).unwrap_or(0);
        let ms = match dice.within(0, 100) {
            0..70 => now - away(dice, 5_000),
            70..90 => now - away(dice, 1_200_000),
            90..98 => now + away(dice, 60_000),
            _ => now - away(dice, 6 * 3_600_000),
        };
        let unique = i64::try_from(who as u64 * 100_000 + number % 100_000).unwrap_or(0);
        let heat = |dice: &mut Dice| {
            let bits = dice.within(8, 52);
            let size = i64::try_from(dice.within(1, 1 << bits)).unwrap_or(1);
            if dice.percent(30) { -size } else { size }
        };
        Self {
            who,
            number,
            stream: STREAMS.get(dice.within(0, 41) as usize / 20).copied().unwrap_or("tides"),
            time: ms * NANOS_PER_MS + unique,
            host: HOSTS.get(dice.within(0, 5) as usize).copied().unwrap_or("h0"),
            zone: dice.percent(80).then(|| *dice.pick(&ZONES)),
            load: dice.percent(90).then(|| away(dice, 2_001) - 1_000),
            heat: dice.percent(70).then(|| heat(dice)),
        }
    }

    /// The tag `who`.
    pub(crate) fn producer(&self) -> String {
        format!("p{}", self.who)
    }

    /// The field `heat`.
    pub(crate) fn heat(&self) -> Option<f64> {
        self.heat.map(|parts| parts as f64 / HEAT_PARTS)
    }

    fn tags(&self) -> Value {
        let mut tags = json!({"host": self.host, "who": self.producer()});
        if let (Some(zone), Some(tags)) = (self.zone, tags.as_object_mut()) {
            tags.insert("zone".to_owned(), zone.into());
        }
        tags
    }

    fn fields(&self) -> Value {
        let mut fields = json!({"n": self.number});
        if let Some(fields) = fields.as_object_mut() {
            fields.extend(self.load.map(|load| ("load".to_owned(), load.into())));
            fields.extend(self.heat().map(|heat| ("heat".to_owned(), heat.into())));
        }
        fields
    }

    /// As a feed shows it.
    pub(crate) fn shown(&self) -> Value {
        json!({"time": self.time.div_euclid(NANOS_PER_MS), "tags": self.tags(), "fields": self.fields()})
    }

    /// As JSON. The time is written out by hand: as a float it would lose its nanoseconds.
    pub(crate) fn json(&self) -> String {
        let (ms, nanos) = (self.time.div_euclid(NANOS_PER_MS), self.time.rem_euclid(NANOS_PER_MS));
        let (stream, tags, fields) = (self.stream, self.tags(), self.fields());
        format!(r#"{{"stream":"{stream}","time":{ms}.{nanos:06},"tags":{tags},"fields":{fields}}}"#)
    }

    /// As JSON with its producer and its number there.
    pub(crate) fn numbered(&self) -> String {
        let json = self.json();
        let rest = json.strip_prefix('{').unwrap_or_default();
        format!(r#"{{"producer":"p{}","sequence":{},{rest}"#, self.who, self.number)
    }

    /// As a line of the line protocol.
    pub(crate) fn line(&self) -> String {
        let mut line = format!("{},host={},who={}", self.stream, self.host, self.producer());
        let mut add = |part: std::fmt::Arguments<'_>| line.write_fmt(part).is_ok();
        if let Some(zone) = self.zone {
            let zone = zone.replace(',', "\\,").replace('=', "\\=").replace(' ', "\\ ");
            add(format_args!(",zone={zone}"));
        }
        add(format_args!(" n={}i", self.number));
        if let Some(load) = self.load {
            add(format_args!(",load={load}i"));
        }
        if let Some(heat) = self.heat() {
            add(format_args!(",heat={heat:?}"));
        }
        add(format_args!(" {}", self.time));
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_written_with_all_it_has() {
        let event = Event {
            who: 3,
            number: 7,
            stream: "gusts",
            time: 1_790_000_000_000_300_007,
            host: "h1",
            zone: Some("a,b=c"),
            load: Some(-5),
            heat: Some(-98_304),
        };
        assert_eq!(
            event.json(),
            r#"{"stream":"gusts","time":1790000000000.300007,"tags":{"host":"h1","who":"p3","zone":"a,b=c"},"fields":{"heat":-1.5,"load":-5,"n":7}}"#
        );
        assert_eq!(event.line(), r"gusts,host=h1,who=p3,zone=a\,b\=c n=7i,load=-5i,heat=-1.5 1790000000000300007");
    }

    #[test]
    fn the_same_dice_invent_the_same_events_and_no_time_comes_twice() {
        let events = |who| {
            let mut dice = Dice::new(5, "events");
            (1..2_000).map(|number| Event::invent(&mut dice, who, number, 1_790_000_000_000)).collect::<Vec<_>>()
        };
        assert_eq!(events(1), events(1));
        let times: std::collections::BTreeSet<_> = events(1).iter().chain(&events(2)).map(|event| event.time).collect();
        assert_eq!(times.len(), 2 * 1_999);
        assert!(STREAMS.iter().all(|stream| events(1).iter().any(|event| event.stream == *stream)));
    }
}
