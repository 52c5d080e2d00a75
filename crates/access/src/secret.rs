//! Secrets: what is shown once and kept as a hash alone.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a secret opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// The ingest API, for programs: starts with `tb_`, so that leaked ones can be searched for.
    ApiKey,
    /// A session of a signed-in user, until it is exchanged for the next one.
    Refresh,
    /// Signing in, once.
    SignIn,
    /// Choosing a new password, once.
    Reset,
    /// Becoming a user, once.
    Invite,
}

impl SecretKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::ApiKey => "tb_",
            Self::Refresh => "tbf_",
            Self::SignIn => "tbo_",
            Self::Reset => "tbp_",
            Self::Invite => "tbi_",
        }
    }
}

/// A bearer secret of 256 random bits. Never logged: its `Debug` is redacted and it has no `Display`.
#[derive(Clone)]
pub struct Secret {
    kind: SecretKind,
    text: String,
}

impl Secret {
    /// A new secret from 32 bytes of a cryptographic random generator.
    #[must_use]
    pub fn generate(kind: SecretKind, random: [u8; 32]) -> Self {
        Self { kind, text: format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(random)) }
    }

    /// A presented text, if it has the shape of this kind: what cannot be a secret costs no look-up.
    #[must_use]
    pub fn parse(kind: SecretKind, text: &str) -> Option<Self> {
        let body = text.strip_prefix(kind.prefix())?;
        let mut bytes = [0; 32];
        // 43 characters: 32 bytes without padding. Anything longer is refused before it is decoded.
        let whole = body.len() == 43 && URL_SAFE_NO_PAD.decode_slice(body, &mut bytes) == Ok(32);
        whole.then(|| Self { kind, text: text.to_owned() })
    }

    /// What it opens.
    #[must_use]
    pub fn kind(&self) -> SecretKind {
        self.kind
    }

    /// The secret itself, to be shown to its owner once or set as a cookie.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The start of the secret, for telling keys apart in lists: 6 of its 43 characters.
    #[must_use]
    pub fn visible_prefix(&self) -> String {
        self.text.chars().take(self.kind.prefix().len() + 6).collect()
    }

    /// What is stored instead of the secret. A plain hash suffices: nobody guesses 256 random bits.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({:?}, redacted)", self.kind)
    }
}

/// The SHA-256 hash of a secret; as text 64 hexadecimal digits. Compared in constant time.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// The hash of a text that is as hard to guess as a secret.
    pub(crate) fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }
}

impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        let difference = self.0.iter().zip(&other.0).fold(0, |sum, (a, b)| std::hint::black_box(sum | (a ^ b)));
        difference == 0
    }
}

impl Eq for SecretHash {}

impl fmt::Display for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("…")
    }
}

/// The text is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 lower-case hexadecimal digits")]
pub struct HashParseError;

impl FromStr for SecretHash {
    type Err = HashParseError;

    fn from_str(text: &str) -> Result<Self, HashParseError> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        if text.len() != 64 {
            return Err(HashParseError);
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let &[high, low] = pair else { return Err(HashParseError) };
            let (high, low) = digit(high).zip(digit(low)).ok_or(HashParseError)?;
            *byte = high << 4 | low;
        }
        Ok(Self(hash))
    }
}

impl TryFrom<String> for SecretHash {
    type Error = HashParseError;
    fn try_from(text: String) -> Result<Self, HashParseError> {
        text.parse()
    }
}

impl From<SecretHash> for String {
    fn from(hash: SecretHash) -> Self {
        hash.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KINDS: [SecretKind; 5] =
        [SecretKind::ApiKey, SecretKind::Refresh, SecretKind::SignIn, SecretKind::Reset, SecretKind::Invite];

    #[test]
    fn the_hash_is_sha_256_of_the_whole_text() {
        let secret = Secret::generate(SecretKind::ApiKey, [0; 32]);
        assert_eq!(secret.reveal(), "tb_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        // printf tb_AAA…A | sha256sum
        assert_eq!(secret.hash().to_string(), "2852181944385ce12b5bf4bd26ba51bac9bae1b29da3a817440ee11506d4efb2");
        assert_eq!(secret.visible_prefix(), "tb_AAAAAA");
    }

    #[test]
    fn debug_shows_no_secret() {
        let secret = Secret::generate(SecretKind::Refresh, [7; 32]);
        let shown = format!("{secret:?}");
        assert_eq!(shown, "Secret(Refresh, redacted)");
    }

    #[test]
    fn a_secret_of_one_kind_is_none_of_another() {
        for kind in KINDS {
            let text = Secret::generate(kind, [9; 32]);
            for other in KINDS {
                assert_eq!(Secret::parse(other, text.reveal()).is_some(), kind == other, "{kind:?} as {other:?}");
            }
        }
    }

    #[test]
    fn texts_of_another_shape_are_refused() {
        let good = Secret::generate(SecretKind::ApiKey, [255; 32]).reveal().to_owned();
        let bad = [
            String::new(),
            "tb_".to_owned(),
            good.replace("tb_", "TB_"),
            format!("{good}A"),
            format!("{good}="),
            good[..good.len() - 1].to_owned(),
            // The last character carries two bits that belong to no byte.
            format!("{}9", &good[..good.len() - 1]),
            "tb_".to_owned() + &"é".repeat(21) + "A",
            "tb_".to_owned() + &"A".repeat(1_000_000),
        ];
        for text in bad {
            assert!(Secret::parse(SecretKind::ApiKey, &text).is_none(), "{:.60}", text);
        }
    }

    proptest! {
        #[test]
        fn a_secret_is_found_again_by_its_text(random: [u8; 32]) {
            for kind in KINDS {
                let secret = Secret::generate(kind, random);
                let again = Secret::parse(kind, secret.reveal()).unwrap();
                prop_assert_eq!(again.hash(), secret.hash());
                prop_assert_eq!(secret.hash().to_string().parse(), Ok(secret.hash()));
            }
        }

        #[test]
        fn different_secrets_have_different_hashes(a: [u8; 32], bit in 0..256usize) {
            let mut b = a;
            b[bit / 8] ^= 1 << (bit % 8);
            let hash = |random| Secret::generate(SecretKind::Refresh, random).hash();
            prop_assert_ne!(hash(a), hash(b));
        }
    }
}
