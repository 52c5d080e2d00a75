//! Events: what producers push in.

use std::sync::Arc;

use crate::{Fields, Nanos, StreamName, Tags};

/// One thing that happened, as accepted: names are valid and numbers are finite.
///
/// Carries no offset: the log gives it one when it is appended.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The stream it belongs to.
    pub stream: StreamName,
    /// When it happened, by the producer's word (else when it was accepted).
    pub time: Nanos,
    /// Dimensions to group by and filter on.
    pub tags: Tags,
    /// What was measured. May be empty: such an event is only counted.
    pub fields: Fields,
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue {
    /// A finite number that is never `-0`; build it with [`FieldValue::float`].
    Float(f64),
    /// An integer, kept whole beyond 2^53.
    Int(i64),
    /// A truth value; measures see 0 or 1.
    Bool(bool),
    /// Text; measures pass over it.
    Text(Arc<str>),
}

/// The number is NaN or infinite: no measure could stay exact with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a number must be finite: NaN and infinity are refused")]
pub struct NonFinite;

impl FieldValue {
    /// Accepts a finite number; `-0` becomes `0`, so that equal values have equal bits.
    ///
    /// # Errors
    /// [`NonFinite`] for NaN and infinities.
    pub fn float(value: f64) -> Result<Self, NonFinite> {
        if value.is_finite() { Ok(Self::Float(value + 0.0)) } else { Err(NonFinite) }
    }

    /// The kind that a field keeps from its first append on.
    #[must_use]
    pub fn kind(&self) -> FieldKind {
        match self {
            Self::Float(_) | Self::Int(_) => FieldKind::Number,
            Self::Bool(_) => FieldKind::Bool,
            Self::Text(_) => FieldKind::Text,
        }
    }
}

/// What a field holds; fixed by the first append that names the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldKind {
    /// Integers and floating-point numbers alike.
    Number,
    /// True or false.
    Bool,
    /// Text.
    Text,
}

impl FieldKind {
    /// The word for it in messages: `number`, `bool` or `string`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Bool => "bool",
            Self::Text => "string",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_finite_and_have_one_zero() {
        assert_eq!(FieldValue::float(f64::NAN), Err(NonFinite));
        assert_eq!(FieldValue::float(f64::INFINITY), Err(NonFinite));
        let Ok(FieldValue::Float(zero)) = FieldValue::float(-0.0) else { panic!("−0 is accepted") };
        assert_eq!(zero.to_bits(), 0.0_f64.to_bits());
    }
}
