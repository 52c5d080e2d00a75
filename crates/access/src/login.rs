//! What people sign in with beside a password: an e-mail address or any other name without spaces.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest login, in characters.
pub const LOGIN_MAX_CHARS: usize = 100;

/// What someone signs in with. Kept in lower case, so that nobody can be mistaken for someone else by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Login(String);

/// The text is no login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a login (an e-mail address, or any name) has 1 to {LOGIN_MAX_CHARS} characters, without spaces")]
pub struct LoginError;

impl Login {
    /// The login as text, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Login {
    type Err = LoginError;

    fn from_str(text: &str) -> Result<Self, LoginError> {
        let text = text.trim().to_lowercase();
        let fits = (1..=LOGIN_MAX_CHARS).contains(&text.chars().count());
        let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        if fits && plain { Ok(Self(text)) } else { Err(LoginError) }
    }
}

impl TryFrom<String> for Login {
    type Error = LoginError;
    fn try_from(text: String) -> Result<Self, LoginError> {
        text.parse()
    }
}

impl From<Login> for String {
    fn from(login: Login) -> Self {
        login.0
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_one_word_whatever_its_case() {
        assert_eq!(" Ana@Example.org ".parse::<Login>().unwrap().as_str(), "ana@example.org");
        assert_eq!("ana".parse::<Login>(), "ANA".parse());
        for bad in ["", "  ", "ana b", "a\nb", "a\u{a0}b", &"a".repeat(101)] {
            assert_eq!(bad.parse::<Login>(), Err(LoginError), "{bad:?}");
        }
    }
}
