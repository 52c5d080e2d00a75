//! Identifiers of dashboards and widgets.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest identifier.
const ID_MAX_BYTES: usize = 64;

/// The text is no identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identifier has 1 to 64 letters, digits, `-` or `_`")]
pub struct BoardIdError;

macro_rules! id {
    ($(#[$doc:meta])* $ty:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[cfg_attr(feature = "ts", ts(type = "string"))]
        #[serde(try_from = "String", into = "String")]
        pub struct $ty(String);

        impl $ty {
            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $ty {
            type Error = BoardIdError;
            fn try_from(text: String) -> Result<Self, BoardIdError> {
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
                let valid = (1..=ID_MAX_BYTES).contains(&text.len()) && text.bytes().all(allowed);
                if valid { Ok(Self(text)) } else { Err(BoardIdError) }
            }
        }

        impl FromStr for $ty {
            type Err = BoardIdError;
            fn from_str(text: &str) -> Result<Self, BoardIdError> {
                text.to_owned().try_into()
            }
        }

        impl From<$ty> for String {
            fn from(id: $ty) -> Self {
                id.0
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
    };
}

id!(
    /// Which dashboard; part of its address.
    DashboardId
);
id!(
    /// Which widget of a dashboard.
    WidgetId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_short_plain_text() {
        assert!("this-machine".parse::<DashboardId>().is_ok());
        for bad in ["", "a b", "../x", "ü", &"a".repeat(65)] {
            assert_eq!(bad.parse::<WidgetId>(), Err(BoardIdError), "{bad:?}");
        }
    }
}
