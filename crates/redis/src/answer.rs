//! Reading a server's answers.
#![allow(clippy::wildcard_enum_match_arm, reason = "of the many kinds of answer each question expects a few")]

use redis::Value;

use crate::trouble::Trouble;

/// The items of a list.
pub(crate) fn list(value: Value) -> Result<Vec<Value>, Trouble> {
    match value {
        Value::Array(items) | Value::Set(items) => Ok(items),
        Value::Nil => Ok(Vec::new()),
        Value::ServerError(error) => Err(error.into()),
        other => Err(Trouble::odd(&format!("{other:.40?} for a list"))),
    }
}

/// A text, or nothing.
pub(crate) fn text(value: &Value) -> Result<Option<&str>, Trouble> {
    match value {
        Value::BulkString(bytes) => {
            std::str::from_utf8(bytes).map(Some).map_err(|_not_utf8| Trouble::odd("bytes for a text"))
        }
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Ok(Some(text)),
        Value::Okay => Ok(Some("OK")),
        Value::Nil => Ok(None),
        Value::ServerError(error) => Err(error.clone().into()),
        other => Err(Trouble::odd(&format!("{other:.40?} for a text"))),
    }
}

/// Bytes, or nothing.
pub(crate) fn bytes(value: Value) -> Result<Option<Vec<u8>>, Trouble> {
    match value {
        Value::BulkString(bytes) => Ok(Some(bytes)),
        Value::Nil => Ok(None),
        Value::ServerError(error) => Err(error.into()),
        other => Err(Trouble::odd(&format!("{other:.40?} for bytes"))),
    }
}

/// A whole number, as a number or as text.
pub(crate) fn number(value: &Value) -> Result<i64, Trouble> {
    if let Value::Int(number) = value {
        return Ok(*number);
    }
    let text = text(value)?.unwrap_or_default();
    text.parse().map_err(|_no_number| Trouble::odd("something else for a number"))
}

/// The names and values of a hash.
pub(crate) fn pairs(value: Value) -> Result<Vec<(Value, Value)>, Trouble> {
    match value {
        Value::Map(pairs) => Ok(pairs),
        Value::Nil => Ok(Vec::new()),
        Value::Array(items) => {
            let mut items = items.into_iter();
            Ok(std::iter::from_fn(|| Some((items.next()?, items.next()?))).collect())
        }
        Value::ServerError(error) => Err(error.into()),
        other => Err(Trouble::odd(&format!("{other:.40?} for a hash"))),
    }
}
