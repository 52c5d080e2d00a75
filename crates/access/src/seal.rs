//! Sealed positions: for viewers that see a part of a stream's events only, and must not learn how many there are.

use std::fmt;

use aes_siv::KeyInit;
use aes_siv::siv::Aes128Siv;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::SigningKey;

const PURPOSE: &str = "tideboard position seal 1";
/// How sealed texts start, so that they can be told from plain ones.
const PREFIX: &str = "s.";
/// Texts are filled up to a multiple of this: the length of a number tells its magnitude.
const BLOCK_BYTES: usize = 64;
/// Longest sealed text that is looked at.
const SEALED_MAX_BYTES: usize = 1024;
/// Ends the text inside; zeros follow.
const END: u8 = 0x80;

/// Seals texts and opens them again, on every node that has the same signing key.
///
/// Deterministic (AES-SIV, RFC 5297): equal positions stay equal, which viewers rely on, and nothing else can be seen.
/// A text sealed for one stream opens for no other. After the signing key was replaced, nothing sealed before opens:
/// as with any position that cannot be honoured, the viewer is shown everything anew.
#[derive(Clone)]
pub struct PositionSeal {
    key: [u8; 32],
}

impl PositionSeal {
    /// The seal of an installation.
    #[must_use]
    pub fn new(key: &SigningKey) -> Self {
        Self { key: key.derive(PURPOSE) }
    }

    /// The text in a form that tells nothing but whether it is the same; starts with `s.`.
    #[must_use]
    pub fn seal(&self, stream: &str, text: &str) -> String {
        let mut plain = text.as_bytes().to_vec();
        plain.push(END);
        plain.resize(plain.len().next_multiple_of(BLOCK_BYTES), 0);
        // Sealing under one name cannot fail; if it did, the text would be one that nobody can open.
        let sealed = self.siv().encrypt([stream], &plain).unwrap_or_default();
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(sealed))
    }

    /// What was sealed for this stream; `None` for all else.
    #[must_use]
    pub fn open(&self, stream: &str, sealed: &str) -> Option<String> {
        let body = sealed.strip_prefix(PREFIX).filter(|_| sealed.len() <= SEALED_MAX_BYTES)?;
        let bytes = URL_SAFE_NO_PAD.decode(body).ok()?;
        let mut plain = self.siv().decrypt([stream], &bytes).ok()?;
        while plain.pop_if(|byte| *byte == 0).is_some() {}
        plain.pop_if(|byte| *byte == END)?;
        String::from_utf8(plain).ok()
    }

    fn siv(&self) -> Aes128Siv {
        Aes128Siv::new(&self.key.into())
    }
}

impl fmt::Debug for PositionSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PositionSeal(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tideboard_model::{Epoch, Offset, Position, Proof};

    use super::*;

    fn seal(seed: u8) -> PositionSeal {
        PositionSeal::new(&SigningKey::from_seed(&[seed; 32]).unwrap())
    }

    #[test]
    fn a_sealed_position_opens_for_its_stream_and_key_alone() {
        let sealed = seal(1).seal("orders", "1.42.ff");
        assert!(sealed.starts_with("s.") && !sealed.contains("42"), "{sealed}");
        assert_eq!(seal(1).open("orders", &sealed).as_deref(), Some("1.42.ff"));
        for other in ["", "order", "orders ", "orders.eu"] {
            assert_eq!(seal(1).open(other, &sealed), None, "{other}");
        }
        assert_eq!(seal(2).open("orders", &sealed), None);
    }

    #[test]
    fn equal_positions_stay_equal_and_all_others_look_unrelated() {
        assert_eq!(seal(1).seal("orders", "1.42.ff"), seal(1).seal("orders", "1.42.ff"));
        let (one, next, elsewhere) =
            (seal(1).seal("orders", "1.42.ff"), seal(1).seal("orders", "1.43.ff"), seal(1).seal("stock", "1.42.ff"));
        for (a, b) in [(&one, &next), (&one, &elsewhere)] {
            let same = a.bytes().zip(b.bytes()).skip(PREFIX.len()).filter(|(a, b)| a == b).count();
            assert!(same < 20, "{same} of {} characters are the same", a.len());
        }
    }

    #[test]
    fn the_length_of_a_sealed_position_tells_nothing() {
        let position = |offset| Position { epoch: Epoch(u64::MAX), offset: Offset(offset), proof: Proof(u64::MAX) };
        let length = |text: &str| seal(1).seal("orders", text).len();
        assert_eq!(length(&position((1 << 53) - 1).to_string()), length(&position(0).to_string()));
        assert_eq!(length("0.0.0"), length(&position((1 << 53) - 1).to_string()));
    }

    #[test]
    fn texts_that_were_not_sealed_here_open_to_nothing() {
        let sealed = seal(1).seal("orders", "1.42.ff");
        let long = format!("s.{}", "A".repeat(1_000_000));
        for text in ["", "s.", "s", "1.42.ff", "s.1.42.ff", "s.AAAA", &sealed[2..], &sealed.replace("s.", "S."), &long]
        {
            assert_eq!(seal(1).open("orders", text), None, "{text:.60}");
        }
        for text in [format!("{sealed}="), format!("{sealed}A"), format!(" {sealed}"), sealed[..60].to_owned()] {
            assert_eq!(seal(1).open("orders", &text), None, "{text}");
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let sealed = seal(1).seal("orders", "1.42.ff");
        let bytes = URL_SAFE_NO_PAD.decode(&sealed[2..]).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let text = format!("s.{}", URL_SAFE_NO_PAD.encode(flipped));
            assert_eq!(seal(1).open("orders", &text), None, "bit {bit}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", seal(1)), "PositionSeal(redacted)");
    }

    proptest! {
        #[test]
        fn whatever_was_sealed_opens_to_the_same(stream in "\\PC{0,40}", text in "(\\PC|\0|\u{80}){0,150}") {
            let sealed = seal(1).seal(&stream, &text);
            prop_assert_eq!(seal(1).open(&stream, &sealed), Some(text));
        }

        #[test]
        fn any_text_is_decided_on_without_a_panic(text in "\\PC{0,200}", body in "[A-Za-z0-9_-]{0,200}") {
            prop_assert_eq!(seal(1).open("orders", &text), None);
            prop_assert_eq!(seal(1).open("orders", &format!("s.{body}")), None);
        }
    }
}
