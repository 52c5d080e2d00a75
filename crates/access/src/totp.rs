//! Second factors: codes by time (RFC 6238).

use std::fmt;
use std::hint::black_box;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tideboard_model::Millis;

use crate::base32;
use crate::keyed::hmac_sha1;

/// How long a code is shown. One is also accepted a step early and a step late: clocks differ, and people are slow.
pub const TOTP_STEP_SECONDS: i64 = 30;
/// As in every authenticator.
const DIGITS: usize = 6;

/// What codes are made of: 160 random bits, as text in base32. Its `Debug` is redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret(String);

impl TotpSecret {
    /// A new secret from 20 bytes of a cryptographic random generator.
    #[must_use]
    pub fn generate(random: [u8; 20]) -> Self {
        Self(base32::encode(&random))
    }

    /// A secret as someone sends it back, if it is one of 160 bits.
    #[must_use]
    pub fn parse(base32: &str) -> Option<Self> {
        base32::decode(base32).map(Self::generate)
    }

    /// A secret as it was stored.
    #[must_use]
    pub fn stored(base32: String) -> Self {
        Self(base32)
    }

    /// The secret in base32, as it is stored and as people type it.
    #[must_use]
    pub fn base32(&self) -> &str {
        &self.0
    }

    /// What authenticators read from a QR code: the secret, and under which names they list it.
    #[must_use]
    pub fn uri(&self, login: &str, issuer: &str) -> String {
        let [login, issuer] = [login, issuer].map(|name| utf8_percent_encode(name, NON_ALPHANUMERIC));
        let Self(secret) = self;
        format!(
            "otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={TOTP_STEP_SECONDS}"
        )
    }

    /// Which step the code is of, if it is one of the current step, the one before or the one after.
    ///
    /// A code is good once: accept it only if its step is above the last one accepted, and keep that step then.
    /// The comparison takes the same time whatever the code.
    #[must_use]
    pub fn step_of(&self, code: &str, now: Millis) -> Option<u64> {
        let secret = base32::decode(&self.0)?;
        let typed = digits(code)?;
        let current = u64::try_from(now.0.div_euclid(TOTP_STEP_SECONDS * 1000)).ok()?;
        let mut found = None;
        for step in current.saturating_sub(1)..=current.saturating_add(1) {
            // Should a code be of two steps, the later one counts: it must not be good again then.
            found = if black_box(same(&typed, &code_of(&secret, step))) { Some(step) } else { found };
        }
        found
    }
}

/// The digits of a code as someone typed it; authenticators show them in groups.
fn digits(code: &str) -> Option<[u8; DIGITS]> {
    let mut digits = [0; DIGITS];
    let mut typed = code.bytes().filter(|byte| *byte != b' ');
    for digit in &mut digits {
        *digit = typed.next().filter(u8::is_ascii_digit)?;
    }
    typed.next().is_none().then_some(digits)
}

fn same(a: &[u8; DIGITS], b: &[u8; DIGITS]) -> bool {
    a.iter().zip(b).fold(0, |sum, (a, b)| black_box(sum | (a ^ b))) == 0
}

/// The code of a step, as digits in ASCII (RFC 4226, section 5.3).
fn code_of(secret: &[u8; 20], step: u64) -> [u8; DIGITS] {
    let hash = hmac_sha1(secret, &step.to_be_bytes());
    let start = usize::from(hash.last().map_or(0, |byte| byte & 15));
    let word = hash.iter().skip(start).take(4).fold(0u32, |word, byte| word << 8 | u32::from(*byte));
    let mut rest = word & 0x7fff_ffff;
    let mut code = [b'0'; DIGITS];
    for digit in code.iter_mut().rev() {
        *digit = b'0'.saturating_add(u8::try_from(rest % 10).unwrap_or(0));
        rest /= 10;
    }
    code
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 6238, appendix B: seconds and codes of SHA-1, of whose eight digits ours are the last six.
    const VECTORS: [(i64, &str); 6] = [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ];

    fn secret() -> TotpSecret {
        TotpSecret::generate(*b"12345678901234567890")
    }

    #[test]
    fn the_vectors_of_rfc_6238_come_out() {
        for (seconds, code) in VECTORS {
            let step = u64::try_from(seconds / 30).unwrap();
            assert_eq!(secret().step_of(&code[2..], Millis(seconds * 1000)), Some(step), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_a_step_early_and_late_and_no_longer() {
        for (seconds, code) in VECTORS {
            let (code, step) = (&code[2..], seconds / 30);
            for (at, good) in [
                ((step - 1) * 30_000 - 1, false),
                ((step - 1) * 30_000, true),
                ((step + 2) * 30_000 - 1, true),
                ((step + 2) * 30_000, false),
            ] {
                assert_eq!(secret().step_of(code, Millis(at)), good.then(|| u64::try_from(step).unwrap()), "{at}");
            }
        }
    }

    #[test]
    fn codes_are_six_digits_however_grouped() {
        let at = |code| secret().step_of(code, Millis(59_000));
        assert_eq!(at(" 287 082 "), Some(1));
        for code in ["", "28708", "2870822", "28708a", "-87082", "287-082", "94287082", "２８７０８２", "287083"]
        {
            assert_eq!(at(code), None, "{code}");
        }
        assert_eq!(secret().step_of("287082", Millis(-1)), None);
        assert_eq!(secret().step_of("287082", Millis(i64::MAX)), None);
    }

    #[test]
    fn a_secret_is_written_for_authenticators() {
        assert_eq!(secret().base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            secret().uri("ana@example.org", "Tide: board&co"),
            "otpauth://totp/Tide%3A%20board%26co:ana%40example%2Eorg?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Tide%3A%20board%26co&algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(format!("{:?}", secret()), "TotpSecret(redacted)");
    }

    #[test]
    fn a_secret_is_160_bits_however_it_is_typed() {
        let parsed = |text: &str| TotpSecret::parse(text);
        assert!(parsed("gezd gnbv gy3t qojq gezd gnbv gy3t qojq") == Some(secret()));
        for text in ["", "GEZDGNBVGY3TQOJQ", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQA", "0EZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"] {
            assert!(parsed(text).is_none(), "{text}");
        }
        assert_eq!(TotpSecret::stored("no secret".to_owned()).step_of("287082", Millis(59_000)), None);
    }

    proptest! {
        #[test]
        fn a_code_tells_its_own_step(random: [u8; 20], step in 1..1u64 << 40, off in 0..3i64) {
            let code = code_of(&random, step);
            let now = (i64::try_from(step).unwrap() + off - 1) * 30_000;
            let found = TotpSecret::generate(random).step_of(str::from_utf8(&code).unwrap(), Millis(now));
            // One in a million codes is that of a neighbour as well.
            prop_assert!(found.is_some_and(|found| found.abs_diff(step) <= 2), "{found:?}");
        }
    }
}
