//! Identifiers of installations, users, teams, sessions, invitations and API keys: opaque, and no secrets.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest identifier.
const ID_MAX_BYTES: usize = 64;

/// The text is no identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identifier has 1 to 64 letters, digits, `-` or `_`")]
pub struct IdError;

macro_rules! id {
    ($(#[$doc:meta])* $ty:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $ty(String);

        impl $ty {
            /// An identifier of 128 bits, as 32 hexadecimal digits.
            #[must_use]
            pub fn generate(random: [u8; 16]) -> Self {
                Self(format!("{:032x}", u128::from_be_bytes(random)))
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $ty {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
                let valid = (1..=ID_MAX_BYTES).contains(&text.len()) && text.bytes().all(allowed);
                if valid { Ok(Self(text)) } else { Err(IdError) }
            }
        }

        impl FromStr for $ty {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.to_owned().try_into()
            }
        }

        impl From<$ty> for String {
            fn from(id: $ty) -> Self {
                id.0
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
    /// Which installation of Tideboard: the issuer of its tokens.
    InstallationId
);
id!(
    /// Which user.
    UserId
);
id!(
    /// Which team.
    TeamId
);
id!(
    /// Which session of a user; shown in lists, of no use for signing in.
    SessionId
);
id!(
    /// Which invitation; shown in lists, of no use for accepting it.
    InviteId
);
id!(
    /// Which API key; shown in lists, of no use for signing in.
    KeyId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_short_plain_text() {
        assert!("owner".parse::<UserId>().is_ok());
        assert!("a".repeat(64).parse::<UserId>().is_ok());
        for bad in ["", "a b", "a/b", "ü", "a\0", &"a".repeat(65)] {
            assert_eq!(bad.parse::<UserId>(), Err(IdError), "{bad:?}");
        }
        assert_eq!(KeyId::generate([0xab; 16]).as_str(), "ab".repeat(16));
    }
}
