//! Refresh secrets: what follows on one when it is exchanged.

use crate::keyed::hmac_sha256;
use crate::{Secret, SecretKind, SigningKey};

const PURPOSE: &str = "tideboard refresh successor 1";

/// The refresh secret that takes the place of a presented one.
///
/// Derived, not drawn: the answer that brings it may get lost, and then the same must be given again, though only its
/// hash is kept. A second one that is good at the same time would be one too many. Two nodes that are asked at once
/// give the same one as well. Nobody without the private key gets from one secret to the next, and nobody at all back.
///
/// After the signing key was replaced, a secret has another successor. An answer that got lost right then cannot be
/// given again: the caller finds that the hash is not the stored one, and whoever asks has to sign in.
#[must_use]
pub fn successor(presented: &Secret, key: &SigningKey) -> Secret {
    Secret::generate(SecretKind::Refresh, hmac_sha256(&key.derive(PURPOSE), presented.reveal().as_bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32]).unwrap()
    }

    #[test]
    fn a_lost_answer_can_be_given_again_by_any_node() {
        let presented = Secret::generate(SecretKind::Refresh, [5; 32]);
        let next = successor(&presented, &key(1));
        assert_eq!(next.kind(), SecretKind::Refresh);
        let same_key = SigningKey::from_pem(&key(1).to_pem()).unwrap();
        let same_secret = Secret::parse(SecretKind::Refresh, presented.reveal()).unwrap();
        assert_eq!(successor(&same_secret, &same_key).reveal(), next.reveal());
        assert!(Secret::parse(SecretKind::Refresh, next.reveal()).is_some());
    }

    #[test]
    fn another_key_gives_another_successor() {
        let presented = Secret::generate(SecretKind::Refresh, [5; 32]);
        assert_ne!(successor(&presented, &key(1)).reveal(), successor(&presented, &key(2)).reveal());
    }

    #[test]
    fn a_thousand_exchanges_never_come_back_to_a_secret() {
        let mut seen = std::collections::BTreeSet::new();
        let mut secret = Secret::generate(SecretKind::Refresh, [0; 32]);
        for _ in 0..1000 {
            assert!(seen.insert(secret.reveal().to_owned()));
            secret = successor(&secret, &key(1));
        }
    }

    proptest! {
        #[test]
        fn different_secrets_have_different_successors(random: [u8; 32], bit in 0..256usize) {
            let mut other = random;
            other[bit / 8] ^= 1 << (bit % 8);
            let next = |random| successor(&Secret::generate(SecretKind::Refresh, random), &key(1)).hash();
            prop_assert_ne!(next(random), next(other));
        }
    }
}
