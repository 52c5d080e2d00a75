//! Names of streams, tags and fields.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The name has no characters.
    #[error("a {kind} name must not be empty")]
    Empty {
        /// What was being named.
        kind: &'static str,
    },
    /// The name is longer than [`NAME_MAX_BYTES`].
    #[error("a {kind} name has at most {max} bytes, this one has {bytes}", max = NAME_MAX_BYTES)]
    TooLong {
        /// What was being named.
        kind: &'static str,
        /// Length of the refused name.
        bytes: usize,
    },
    /// The name holds a control character (U+0000–U+001F, U+007F–U+009F).
    #[error("a {kind} name must not contain the control character U+{code:04X}")]
    Control {
        /// What was being named.
        kind: &'static str,
        /// The character's code point.
        code: u32,
    },
}

/// Longest name, in bytes of UTF-8.
pub(crate) const NAME_MAX_BYTES: usize = 256;

fn check(kind: &'static str, name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty { kind });
    }
    if name.len() > NAME_MAX_BYTES {
        return Err(NameError::TooLong { kind, bytes: name.len() });
    }
    match name.chars().find(|c| c.is_control()) {
        Some(c) => Err(NameError::Control { kind, code: c.into() }),
        None => Ok(()),
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $ty:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $ty(Arc<str>);

        impl $ty {
            /// Accepts a name of 1 to 256 bytes without control characters.
            ///
            /// # Errors
            /// [`NameError`] says which rule was broken.
            pub fn new(name: &str) -> Result<Self, NameError> {
                check($kind, name)?;
                Ok(Self(name.into()))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $ty {
            type Error = NameError;
            fn try_from(name: String) -> Result<Self, NameError> {
                Self::new(&name)
            }
        }

        impl From<$ty> for String {
            fn from(name: $ty) -> Self {
                name.0.as_ref().to_owned()
            }
        }

        impl Borrow<str> for $ty {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    };
}

name!(
    /// The name of a stream: an ordered log of events.
    StreamName,
    "stream"
);
name!(
    /// The name of a tag: a dimension to group by and filter on.
    TagName,
    "tag"
);
name!(
    /// The name of a field: something measured.
    FieldName,
    "field"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        assert!(StreamName::new("host.cpu").is_ok());
        assert!(StreamName::new("größe / m²").is_ok());
        assert_eq!(StreamName::new(""), Err(NameError::Empty { kind: "stream" }));
        assert_eq!(TagName::new("a\nb"), Err(NameError::Control { kind: "tag", code: 10 }));
        assert!(FieldName::new(&"x".repeat(256)).is_ok());
        assert_eq!(FieldName::new(&"x".repeat(257)), Err(NameError::TooLong { kind: "field", bytes: 257 }));
    }
}
