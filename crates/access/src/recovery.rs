//! Recovery codes: each stands in, once, for a second factor that was lost.

use std::fmt;

use crate::{SecretHash, base32};

/// How many codes someone gets at a time.
pub const RECOVERY_CODES: usize = 10;

/// What the hashed text starts with, so that no hash of another secret passes for one of a code.
const DOMAIN: &str = "tideboard recovery code:";

/// A code of 64 random bits, good for one sign-in. Its `Debug` is redacted and it has no `Display`.
#[derive(Clone, Copy)]
pub struct RecoveryCode([u8; 8]);

/// Fresh codes from 80 bytes of a cryptographic random generator.
#[must_use]
pub fn recovery_codes(random: [u8; 80]) -> [RecoveryCode; RECOVERY_CODES] {
    let mut codes = [RecoveryCode([0; 8]); RECOVERY_CODES];
    let (pieces, _) = random.as_chunks();
    for (code, piece) in codes.iter_mut().zip(pieces) {
        code.0 = *piece;
    }
    codes
}

impl RecoveryCode {
    /// A code as someone typed it: in any case, with or without dashes and spaces.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        base32::decode(text).map(Self)
    }

    /// The code itself, such as `abcd-efgh-ijklm`, to be shown to its owner once.
    #[must_use]
    pub fn reveal(&self) -> String {
        let letters = base32::encode(&self.0).to_lowercase();
        let dashed = |(at, letter)| if at == 4 || at == 8 { vec!['-', letter] } else { vec![letter] };
        letters.chars().enumerate().flat_map(dashed).collect()
    }

    /// What is stored instead of the code. A plain hash suffices for 64 random bits that are typed behind a password.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&format!("{DOMAIN}{}", base32::encode(&self.0)))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn codes() -> [RecoveryCode; 10] {
        recovery_codes(std::array::from_fn(|at| u8::try_from(at).unwrap()))
    }

    #[test]
    fn all_random_bytes_go_into_the_codes() {
        let bytes: Vec<u8> = codes().iter().flat_map(|code| code.0).collect();
        assert_eq!(bytes, (0..80).collect::<Vec<u8>>());
        let hashes: BTreeSet<String> = codes().iter().map(|code| code.hash().to_string()).collect();
        assert_eq!(hashes.len(), 10);
    }

    #[test]
    fn a_code_is_found_again_however_it_is_typed() {
        for code in codes() {
            let text = code.reveal();
            assert_eq!(text.split('-').map(str::len).collect::<Vec<_>>(), [4, 4, 5], "{text}");
            for typed in
                [text.clone(), text.to_uppercase(), text.replace('-', ""), format!(" {} ", text.replace('-', " "))]
            {
                assert_eq!(RecoveryCode::parse(&typed).unwrap().hash(), code.hash(), "{typed}");
            }
        }
    }

    #[test]
    fn what_is_no_code_costs_no_look_up() {
        let good = codes()[0].reveal();
        for text in ["", "123456", "abcd-efgh-ijkl", &good[1..], &format!("{good}a"), &good.replace('a', "0")] {
            assert!(RecoveryCode::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_code() {
        assert_eq!(format!("{:?}", codes()[0]), "RecoveryCode(redacted)");
    }

    #[test]
    fn a_hash_is_of_no_other_secret() {
        let code = codes()[0];
        assert_ne!(code.hash(), SecretHash::of(&code.reveal()));
        assert_ne!(code.hash(), SecretHash::of(&base32::encode(&code.0)));
    }
}
