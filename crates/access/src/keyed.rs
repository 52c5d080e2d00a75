//! Keyed hashes: HMAC (RFC 2104), of which more than one room of this crate has need.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

/// HMAC-SHA-256 over the message.
pub(crate) fn hmac_sha256(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut hmac = Hmac::<Sha256>::new(&block(key).into());
    hmac.update(message);
    hmac.finalize().into_bytes().into()
}

/// HMAC-SHA-1 over the message: of use for one-time codes alone, where RFC 6238 and every authenticator want it.
pub(crate) fn hmac_sha1(key: &[u8; 20], message: &[u8]) -> [u8; 20] {
    let mut hmac = Hmac::<Sha1>::new(&block(key).into());
    hmac.update(message);
    hmac.finalize().into_bytes().into()
}

/// A key filled up with zeros to the block that both hashes work on, as HMAC itself fills shorter keys up.
fn block<const N: usize>(key: &[u8; N]) -> [u8; 64] {
    const { assert!(N <= 64, "a longer key would have to be hashed first") };
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn known_answers_come_out() {
        // RFC 2202, case 3, and RFC 4231, case 2, whose short key is filled up with zeros in any case.
        assert_eq!(hex(&hmac_sha1(&[0xaa; 20], &[0xdd; 50])), "125d7342b9ac11cd91a39af48aa17b4f63f175d3");
        let mut jefe = [0; 32];
        jefe[..4].copy_from_slice(b"Jefe");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex(&hmac_sha256(&jefe, b"what do ya want for nothing?")), expected);
    }
}
