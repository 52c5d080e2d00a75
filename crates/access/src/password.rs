//! Passwords: which are good enough, and what is kept of them.

use std::fmt;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash as Phc};
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, Version};

/// Shortest password, in characters. Length is what counts: which kinds of characters are in it is nobody's business.
pub const PASSWORD_MIN_CHARS: usize = 12;
/// Longest password, in characters. None is cut: a longer one is refused, because hashing it takes time.
pub const PASSWORD_MAX_CHARS: usize = 256;

/// A password that takes fewer guesses than this is refused.
const GUESSES_MIN: u64 = 100_000_000;
/// So many of them must be for what is left without the words that are known of its owner.
const REST_GUESSES_MIN: u64 = 1_000_000;
/// So much of a password is looked at for guessing: the time that takes grows faster than the text does.
const GUESSED_CHARS: usize = 64;
/// So many words about whom it is for are looked for, the shortest of this length.
const ABOUT_MAX_WORDS: usize = 16;
const ABOUT_MIN_CHARS: usize = 3;

/// What OWASP advises for Argon2id in its smallest variant of memory: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A hash that no password is known to have, made with the parameters of today.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A password in plain text. Never logged: its `Debug` is redacted and it has no `Display`.
pub struct Password(String);

/// Why a password was refused; the text is fit for the one who chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Shorter than [`PASSWORD_MIN_CHARS`].
    #[error("a password has at least {PASSWORD_MIN_CHARS} characters: a few words will do")]
    TooShort,
    /// Longer than [`PASSWORD_MAX_CHARS`].
    #[error("a password has at most {PASSWORD_MAX_CHARS} characters")]
    TooLong,
    /// Of common words, patterns, repetitions or one's own name.
    #[error("this password is easily guessed: take a few words that nobody would put together")]
    Guessable,
}

impl Password {
    /// A password that someone chooses. `about` are texts that others know of them, such as login and name.
    ///
    /// Takes milliseconds.
    ///
    /// # Errors
    /// [`PasswordError`] says what is wrong with it.
    pub fn new(text: &str, about: &[&str]) -> Result<Self, PasswordError> {
        let password = Self::for_check(text).ok_or(PasswordError::TooLong)?;
        if text.chars().count() < PASSWORD_MIN_CHARS {
            return Err(PasswordError::TooShort);
        }
        let looked_at: String = text.chars().take(GUESSED_CHARS).collect();
        let words = words(about);
        let known: Vec<&str> = words.iter().map(String::as_str).collect();
        if is_made_of(&looked_at, &known) || zxcvbn::zxcvbn(&looked_at, &known).guesses() < GUESSES_MIN {
            return Err(PasswordError::Guessable);
        }
        Ok(password)
    }

    /// A password that someone signs in with: any, up to [`PASSWORD_MAX_CHARS`].
    #[must_use]
    pub fn for_check(text: &str) -> Option<Self> {
        let fits = text.chars().take(PASSWORD_MAX_CHARS + 1).count() <= PASSWORD_MAX_CHARS;
        fits.then(|| Self(text.to_owned()))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(redacted)")
    }
}

/// What someone would try first: our own name, then the texts whole, without what separates words, and word by word.
fn words(about: &[&str]) -> Vec<String> {
    let mut words = vec!["tideboard".to_owned()];
    for text in about {
        let text: String = text.to_lowercase().chars().take(GUESSED_CHARS).collect();
        let parts = text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned);
        let joined = text.chars().filter(|c| c.is_alphanumeric()).collect();
        words.extend([text.clone(), joined].into_iter().chain(parts));
    }
    words.retain(|word| word.chars().count() >= ABOUT_MIN_CHARS);
    words.truncate(ABOUT_MAX_WORDS);
    words
}

/// Whether what is left of a password without these words is next to nothing, such as dashes or a year: the estimate of
/// the whole takes those between and after words for harder to guess than they are.
fn is_made_of(text: &str, words: &[&str]) -> bool {
    let text = text.to_lowercase();
    let mut longest_first = words.to_vec();
    longest_first.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let rest = longest_first.iter().fold(text.clone(), |rest, word| rest.replace(word, ""));
    rest != text && zxcvbn::zxcvbn(&rest, &[]).guesses() < REST_GUESSES_MIN
}

/// The hash of a password, as a PHC string. Its `Debug` is redacted: a hash can be guessed at.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// A password could not be hashed: there is no memory left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no memory is left for hashing a password")]
pub struct PasswordHashError;

impl PasswordHash {
    /// The hash of a password, salted with 16 bytes of a cryptographic random generator.
    ///
    /// Takes tens of milliseconds and 19 MiB of memory on purpose: call it where that holds nothing up.
    ///
    /// # Errors
    /// [`PasswordHashError`] if there is not that much memory.
    pub fn of(password: &Password, salt: [u8; 16]) -> Result<Self, PasswordHashError> {
        let hash: Phc = today()?.hash_password_with_salt(password.0.as_bytes(), &salt).or(Err(PasswordHashError))?;
        Ok(Self(hash.to_string()))
    }

    /// A hash as it was stored.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// A hash that belongs to nobody: check a password against it where there is no user, or none with a password, so
    /// that the time an answer takes does not tell who exists.
    #[must_use]
    pub fn decoy() -> Self {
        Self(DECOY.to_owned())
    }

    /// The hash as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the hash of that password. Costs what [`PasswordHash::of`] does.
    #[must_use]
    pub fn verify(&self, password: &Password) -> bool {
        // The parameters are those of the hash, not of the instance.
        let hash = Phc::new(&self.0);
        hash.is_ok_and(|hash| Argon2::default().verify_password(password.0.as_bytes(), &hash).is_ok())
    }

    /// Whether it was made in another way than new ones are: make a new one when the password is known next.
    #[must_use]
    pub fn is_outdated(&self) -> bool {
        let today = today().ok().and_then(|argon2| ParamsString::try_from(argon2.params()).ok());
        let Ok(hash) = Phc::new(&self.0) else { return true };
        let length = hash.hash.as_ref().map(Output::len);
        hash.algorithm != ARGON2ID_IDENT
            || hash.version != Some(Version::V0x13.into())
            || Some(hash.params) != today
            || length != Some(Params::DEFAULT_OUTPUT_LEN)
    }
}

fn today() -> Result<Argon2<'static>, PasswordHashError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).or(Err(PasswordHashError))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(redacted)")
    }
}

#[cfg(test)]
mod tests;
