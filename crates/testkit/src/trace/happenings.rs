//! What happens in a world that is written down: thrown with our own dice, so that a seed means the same for ever.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use tideboard_model::{
    Event, FieldName, FieldValue, Fields, Limits, Nanos, Query, QuerySpec, StreamName, TagName, Tags,
};

use crate::generate::STREAMS;
use crate::{Dice, Op};

/// Viewers in the world: others make the server's work shared, and its views older than the viewer.
pub(super) const VIEWERS: usize = 2;
/// Views of the one that is written down.
const VIEWS_MAX: usize = 6;

/// One thing after the other.
pub(super) struct Happenings {
    dice: Dice,
    /// Identities that are watched: a client asks for equal queries once.
    watched: BTreeSet<String>,
    begun: bool,
}

impl Happenings {
    pub(super) fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed, "a world on tape"), watched: BTreeSet::new(), begun: false }
    }

    /// Half the worlds have messages so short that every frame comes in many.
    pub(super) fn max_message_bytes(&mut self) -> usize {
        *self.dice.pick(&[300, 262_144])
    }

    /// How much happens.
    pub(super) fn count(&mut self) -> u64 {
        self.dice.within(100, 180)
    }

    /// What happens next. A grant of the first viewer stands for its page being hidden or shown.
    pub(super) fn next(&mut self) -> Op {
        if !self.begun {
            self.begun = true;
            return self.want(0);
        }
        let viewer = self.dice.within(0, VIEWERS as u64) as usize;
        match self.dice.within(0, 100) {
            0..22 => self.append(),
            22..32 => Op::Pass(self.dice.within(1, 400) as i64),
            32..34 => Op::Pass(self.dice.within(0, 33_000) as i64 - 3_000),
            34..40 => self.want(viewer),
            40..48 => Op::Connect(viewer),
            48..52 => Op::Cut(viewer),
            52..64 => Op::Flush,
            64..76 => Op::Receive(0, self.dice.within(1, 4) as usize),
            76..79 => Op::Receive(1, 9),
            79..80 => Op::Grant(0, 0),
            80..82 => Op::Grant(1, 9),
            82..89 => Op::Hydrate(self.dice.within(1, 4) as usize),
            89..93 => Op::Verify,
            93..95 => Op::Restart,
            95..97 => Op::LoseTail(self.dice.within(1, 3) as usize),
            97..98 => self.dice.pick(&[Op::Wipe, Op::Restart]).clone(),
            _ => Op::Trim(self.dice.within(0, 8_000) as i64),
        }
    }

    /// Whether nothing goes wrong for a moment, so that there is something to lose afterwards.
    pub(super) fn all_is_well(&mut self) -> bool {
        self.begun && self.dice.percent(25)
    }

    /// Whether a connection breaks while a frame comes in, and after how many messages.
    pub(super) fn breaks_off(&mut self) -> Option<u64> {
        (self.begun && self.dice.percent(8)).then(|| self.dice.within(1, 4))
    }

    pub(super) fn append(&mut self) -> Op {
        Op::Append((0..self.dice.within(1, 5)).map(|_| self.event()).collect())
    }

    fn want(&mut self, viewer: usize) -> Op {
        let spec = self.query();
        let identity = Query::new(&spec, &Limits::default()).unwrap().identity().to_string();
        if viewer == 0 && (self.watched.len() >= VIEWS_MAX || !self.watched.insert(identity)) {
            return Op::Flush;
        }
        Op::Want(viewer, spec)
    }

    fn event(&mut self) -> Event {
        let dice = &mut self.dice;
        let ago_ms = match dice.within(0, 10) {
            0..6 => dice.within(0, 300) as i64,
            6..9 => dice.within(0, 3_000) as i64,
            _ => dice.within(0, 22_000) as i64 - 2_000,
        };
        let mut tags = Tags::default();
        for tag in ["a", "b"] {
            if dice.percent(60) {
                let value = *dice.pick(&["x", "y", "z \"ü\u{2028}"]);
                tags.insert(TagName::new(tag).unwrap(), Arc::from(value));
            }
        }
        let mut fields = Fields::default();
        for field in ["u", "v"] {
            if dice.percent(70) {
                fields.insert(FieldName::new(field).unwrap(), value(dice));
            }
        }
        let stream = *dice.pick(&STREAMS);
        let time = Nanos(-ago_ms * 1_000_000 + dice.within(0, 1_000_000) as i64);
        Event { stream: StreamName::new(stream).unwrap(), time, tags, fields }
    }

    fn query(&mut self) -> QuerySpec {
        let dice = &mut self.dice;
        let shape = *dice.pick(&["series", "series", "table", "table", "feed"]);
        let mut spec = json!({"stream": *dice.pick(&STREAMS), "shape": shape});
        if dice.percent(30) {
            let values: Vec<&str> = ["x", "y"][..dice.within(1, 3) as usize].to_vec();
            spec["where"] =
                json!([{"tag": *dice.pick(&["a", "b"]), "op": *dice.pick(&["in", "not_in"]), "values": values}]);
        }
        if shape == "feed" {
            spec["limit"] = json!(dice.within(1, 6));
        } else {
            spec["range"] = json!({"last": *dice.pick(&[500, 2_000, 10_000])});
            spec["measures"] = (0..dice.within(1, 4)).map(|_| measure(dice)).collect();
            spec["groupBy"] = json!(dice.pick(&[vec![], vec!["a"], vec!["b", "a"]]));
        }
        if shape == "series" {
            spec["bucket"] = json!(*dice.pick(&[100, 500]));
        }
        serde_json::from_value(spec).unwrap()
    }
}

fn value(dice: &mut Dice) -> FieldValue {
    match dice.within(0, 12) {
        0..5 => FieldValue::float((dice.within(0, 640) as f64 - 320.0) / 8.0).unwrap(),
        5..7 => FieldValue::float(dice.within(0, 1_000_000) as f64 / 3.0).unwrap(),
        7 => FieldValue::float(f64::from_bits(dice.next())).unwrap_or(FieldValue::Bool(true)),
        8..10 => FieldValue::Int(dice.within(0, 55) as i64 - 5),
        10 => FieldValue::Int(dice.next() as i64),
        _ => FieldValue::Text(Arc::from(*dice.pick(&["", "long \u{1f30a} text", "3"]))),
    }
}

fn measure(dice: &mut Dice) -> Value {
    let function = *dice.pick(&["count", "sum", "avg", "min", "max", "first", "last", "rate", "rate"]);
    let field = *dice.pick(&["u", "v"]);
    if dice.percent(20) && ["count", "rate"].contains(&function) {
        return json!({"fn": function});
    }
    json!({"fn": function, "field": field})
}
