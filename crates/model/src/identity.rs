//! The identity of a view: a short name for its effective query.

use std::fmt;

/// 128 bits over an effective query, as 32 hexadecimal digits.
///
/// FNV-1a (<http://www.isthe.com/chongo/tech/comp/fnv/>): stable across builds and machines. Not a secret and not
/// a proof: what a viewer may see is decided on the query itself, never on its identity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(u128);

impl Identity {
    pub(crate) fn of(canonical: &str) -> Self {
        const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
        const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
        Self(canonical.bytes().fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME)))
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_of_fnv_1a_128() {
        assert_eq!(Identity::of("").to_string(), "6c62272e07bb014262b821756295c58d");
        assert_eq!(Identity::of("a").to_string(), "d228cb696f1a8caf78912b704e4a8964");
    }
}
