//! What a measure sees of a field.

use tideboard_model::FieldValue;

/// A number to fold: a float, or an integer that is kept whole where it matters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// A finite float, never `-0`.
    Float(f64),
    /// An integer.
    Int(i64),
}

impl Number {
    /// The number in a field; `None` for text, 1 and 0 for truth values.
    #[must_use]
    pub fn of(value: &FieldValue) -> Option<Self> {
        match value {
            FieldValue::Float(value) => Some(Self::Float(*value)),
            FieldValue::Int(value) => Some(Self::Int(*value)),
            FieldValue::Bool(value) => Some(Self::Int(i64::from(*value))),
            FieldValue::Text(_) => None,
        }
    }

    /// The nearest float.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "rounding to the nearest float is the purpose")]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Float(value) => value,
            Self::Int(value) => value as f64,
        }
    }
}
