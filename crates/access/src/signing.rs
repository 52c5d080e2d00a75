//! The installation's key pair: Ed25519, and nothing else.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::TokenError;
use crate::keyed::hmac_sha256;

/// What precedes the 32 bytes of an Ed25519 private key in PKCS #8: version 0, the algorithm's identifier and two
/// octet strings (RFC 8410, section 7).
const PKCS8_ED25519: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// A private key that signs tokens. Its `Debug` shows the key's id alone.
#[derive(Clone)]
pub struct SigningKey {
    encoding: EncodingKey,
    decoding: DecodingKey,
    id: String,
}

impl SigningKey {
    /// The key pair of 32 bytes from a cryptographic random generator.
    ///
    /// # Errors
    /// [`TokenError::Key`]; no seed is known to cause it.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, TokenError> {
        Self::new(EncodingKey::from_ed_der(&[PKCS8_ED25519.as_slice(), seed].concat()))
    }

    /// The key pair of a PKCS #8 file in PEM, as [`SigningKey::to_pem`] writes it.
    ///
    /// # Errors
    /// [`TokenError::Key`] unless it holds an Ed25519 private key and nothing more.
    pub fn from_pem(pem: &str) -> Result<Self, TokenError> {
        Self::new(EncodingKey::from_ed_pem(pem.as_bytes()).or(Err(TokenError::Key))?)
    }

    fn new(encoding: EncodingKey) -> Result<Self, TokenError> {
        let jwk = Jwk::from_encoding_key(&encoding, Algorithm::EdDSA).or(Err(TokenError::Key))?;
        let decoding = DecodingKey::from_jwk(&jwk).or(Err(TokenError::Key))?;
        let id = jwk.thumbprint(ThumbprintHash::SHA256).or(Err(TokenError::Key))?;
        Ok(Self { encoding, decoding, id })
    }

    /// The private key as a PKCS #8 file in PEM: keep it where nobody else reads.
    #[must_use]
    pub fn to_pem(&self) -> String {
        let body = STANDARD.encode(self.encoding.as_bytes());
        format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
    }

    /// The key's id in token headers (`kid`): the thumbprint of its public half (RFC 7638).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A secret for one purpose, that tells nothing about the private key nor about the secrets for other purposes.
    pub(crate) fn derive(&self, purpose: &str) -> [u8; 32] {
        hmac_sha256(&Sha256::digest(self.encoding.as_bytes()).into(), purpose.as_bytes())
    }

    pub(crate) fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.id)
    }
}

/// The public keys that tokens are checked with, by key id. While a key is being replaced there are two.
#[derive(Clone, Default)]
pub struct VerifyingKeys(BTreeMap<String, DecodingKey>);

impl VerifyingKeys {
    /// The public halves of the given keys.
    #[must_use]
    pub fn of<'a>(keys: impl IntoIterator<Item = &'a SigningKey>) -> Self {
        Self(keys.into_iter().map(|key| (key.id.clone(), key.decoding.clone())).collect())
    }

    /// The keys as a JSON Web Key Set (RFC 7517, RFC 8037), for others who want to check tokens.
    #[must_use]
    pub fn jwks(&self) -> Value {
        let jwk = |(id, key): (&String, &DecodingKey)| {
            let x = URL_SAFE_NO_PAD.encode(key.try_get_as_bytes().ok()?);
            Some(json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": id, "alg": "EdDSA", "use": "sig"}))
        };
        json!({"keys": self.0.iter().filter_map(jwk).collect::<Vec<_>>()})
    }

    pub(crate) fn get(&self, id: &str) -> Option<&DecodingKey> {
        self.0.get(id)
    }
}

impl fmt::Debug for VerifyingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The private key that RFC 8410 gives as its example (section 10.3), and its public half from section 10.1.
    const EXAMPLE: &str = "-----BEGIN PRIVATE KEY-----\n\
                           MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                           -----END PRIVATE KEY-----\n";
    const EXAMPLE_PUBLIC: &str = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";

    #[test]
    fn the_known_key_of_rfc_8410_is_read_and_written_alike() {
        let key = SigningKey::from_pem(EXAMPLE).unwrap();
        assert_eq!(key.to_pem(), EXAMPLE);
        let public = STANDARD.decode(EXAMPLE_PUBLIC).unwrap();
        assert!(public.ends_with(key.decoding.try_get_as_bytes().unwrap()));
    }

    #[test]
    fn a_key_survives_its_file_and_keeps_its_id() {
        let key = SigningKey::from_seed(&[3; 32]).unwrap();
        let again = SigningKey::from_pem(&key.to_pem()).unwrap();
        assert_eq!(again.id(), key.id());
        assert_eq!(key.id().len(), 43);
        assert_ne!(key.id(), SigningKey::from_seed(&[4; 32]).unwrap().id());
    }

    #[test]
    fn debug_shows_no_private_key() {
        let key = SigningKey::from_seed(&[3; 32]).unwrap();
        assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.id()));
    }

    #[test]
    fn the_published_keys_are_the_public_halves_and_nothing_of_the_private_ones() {
        let (known, other) = (SigningKey::from_pem(EXAMPLE).unwrap(), SigningKey::from_seed(&[3; 32]).unwrap());
        let jwks = VerifyingKeys::of([&known, &other]).jwks();
        let keys = jwks["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 2);
        for key in keys {
            let names: Vec<&String> = key.as_object().unwrap().keys().collect();
            assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"]);
        }
        let x = URL_SAFE_NO_PAD.encode(&STANDARD.decode(EXAMPLE_PUBLIC).unwrap()[12..]);
        let published = keys.iter().find(|key| key["kid"] == known.id()).unwrap();
        assert_eq!(
            *published,
            json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": known.id(), "alg": "EdDSA", "use": "sig"})
        );
        // Whoever reads the set as it stands checks our tokens with it.
        let jwk: Jwk = serde_json::from_value(published.clone()).unwrap();
        assert_eq!(jwk.thumbprint(ThumbprintHash::SHA256).unwrap(), known.id());
        let private = URL_SAFE_NO_PAD.encode(&known.encoding.as_bytes()[16..]);
        assert!(!jwks.to_string().contains(&private));
    }

    #[test]
    fn secrets_derived_for_other_purposes_or_of_other_keys_differ() {
        let (key, other) = (SigningKey::from_seed(&[3; 32]).unwrap(), SigningKey::from_seed(&[4; 32]).unwrap());
        assert_eq!(key.derive("a"), SigningKey::from_pem(&key.to_pem()).unwrap().derive("a"));
        assert_ne!(key.derive("a"), key.derive("b"));
        assert_ne!(key.derive("a"), other.derive("a"));
    }

    #[test]
    fn files_without_an_ed25519_private_key_are_refused() {
        let public = format!("-----BEGIN PUBLIC KEY-----\n{EXAMPLE_PUBLIC}\n-----END PUBLIC KEY-----\n");
        let short = SigningKey::from_seed(&[3; 32]).unwrap().to_pem().replace("MC4CAQ", "MC4CAg");
        for pem in ["", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", &public, &short] {
            assert_eq!(SigningKey::from_pem(pem).err(), Some(TokenError::Key), "{pem}");
        }
    }
}
