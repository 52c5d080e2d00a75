//! Checking a widget's options: any JSON, but bounded.

use serde_json::{Map, Value};

use super::{Faults, TEXT_MAX_BYTES, step};

/// Most values among a widget's options, nested ones included.
const MAX_VALUES: usize = 1_000;
/// Deepest nesting.
const MAX_DEPTH: usize = 8;
/// Longest key.
const KEY_MAX_BYTES: usize = 256;

pub(super) fn check(options: &Map<String, Value>, pointer: &str, faults: &mut Faults) {
    let mut values = 0;
    object(options, pointer, 1, &mut values, faults);
    if values > MAX_VALUES {
        faults.add(pointer, format!("holds at most {MAX_VALUES} values"));
    }
}

fn object(map: &Map<String, Value>, pointer: &str, depth: usize, values: &mut usize, faults: &mut Faults) {
    for (key, value) in map {
        if key.len() > KEY_MAX_BYTES {
            faults.add(pointer, format!("a key has at most {KEY_MAX_BYTES} bytes"));
        } else {
            one(value, &format!("{pointer}/{}", step(key)), depth, values, faults);
        }
    }
}

fn one(value: &Value, pointer: &str, depth: usize, values: &mut usize, faults: &mut Faults) {
    *values += 1;
    if *values > MAX_VALUES {
        return;
    }
    let nested = value.is_array() || value.is_object();
    if nested && depth >= MAX_DEPTH {
        faults.add(pointer, format!("is nested deeper than {MAX_DEPTH}"));
        return;
    }
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) if text.len() > TEXT_MAX_BYTES => {
            faults.add(pointer, format!("a text has at most {TEXT_MAX_BYTES} bytes"));
        }
        Value::String(_) => {}
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                one(item, &format!("{pointer}/{index}"), depth + 1, values, faults);
            }
        }
        Value::Object(map) => object(map, pointer, depth + 1, values, faults),
    }
}
