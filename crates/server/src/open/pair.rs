//! The certificate and key of our own port, from their files.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ServerSessionMemoryCache;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ConfigBuilder, Error, ServerConfig, WantsVerifier};
use sha2::{Digest, Sha256};

use super::OpenError;
use crate::config::{Key, TlsFiles};

/// No chain of certificates is larger; a file that is something else is not read whole.
const FILE_MAX_BYTES: u64 = 1 << 20;
/// Connections that may be resumed without a whole handshake.
const RESUMABLE: usize = 4_096;

/// What stood in the two files at one moment.
pub(crate) struct Pair {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Pair {
    /// Reads both files.
    pub(crate) fn read(files: &TlsFiles) -> Result<Self, OpenError> {
        let certificate = read(&files.certificate).map_err(|error| unusable(Key::TlsCert, files, error.to_string()))?;
        let key = read(&files.key).map_err(|error| unusable(Key::TlsKey, files, error.to_string()))?;
        Ok(Self { certificate, key })
    }

    /// Tells one content from another.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let parts = [Sha256::digest(&self.certificate), Sha256::digest(&self.key)];
        Sha256::digest(parts.concat()).into()
    }

    /// How to serve with them: TLS 1.2 and 1.3, HTTP/1.1 over it.
    pub(crate) fn server_config(&self, files: &TlsFiles) -> Result<Arc<ServerConfig>, OpenError> {
        let chain = self.chain().map_err(|reason| unusable(Key::TlsCert, files, reason))?;
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|_no_key| unusable(Key::TlsKey, files, "it holds no private key without a password in PEM"))?;
        let key = ring::sign::any_supported_type(&key)
            .map_err(|_other_kind| unusable(Key::TlsKey, files, "its key is none of RSA, ECDSA and Ed25519"))?;
        let pair = CertifiedKey::new(chain, key);
        match pair.keys_match() {
            Ok(()) => {}
            Err(Error::InconsistentKeys(_)) => {
                let reason = format!("its key is not that of the certificate in {}", files.certificate.display());
                return Err(unusable(Key::TlsKey, files, reason));
            }
            Err(error) => return Err(unusable(Key::TlsCert, files, error.to_string())),
        }
        let builder = builder().map_err(|error| unusable(Key::TlsCert, files, error.to_string()))?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::new(SingleCertAndKey::from(pair)));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.session_storage = ServerSessionMemoryCache::new(RESUMABLE);
        Ok(Arc::new(config))
    }

    fn chain(&self) -> Result<Vec<CertificateDer<'static>>, String> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.certificate).collect();
        match chain {
            Ok(chain) if chain.is_empty() => Err("it holds no certificate in PEM".to_owned()),
            Ok(chain) => Ok(chain),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn builder() -> Result<ConfigBuilder<ServerConfig, WantsVerifier>, Error> {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions()
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unusable(setting: Key, files: &TlsFiles, reason: impl Into<String>) -> OpenError {
    let file = if setting == Key::TlsKey { &files.key } else { &files.certificate };
    OpenError::Tls { setting, file: file.display().to_string(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use tideboard_services::Certificates;

    use super::*;

    fn config(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, String> {
        let files = TlsFiles { certificate: certificate.to_owned(), key: key.to_owned() };
        let pair = Pair::read(&files).map_err(|error| error.to_string())?;
        pair.server_config(&files).map_err(|error| error.to_string())
    }

    #[test]
    fn a_pair_that_belongs_together_is_taken() {
        let made = Certificates::make().unwrap();
        assert_eq!(config(&made.certificate(), &made.key()).unwrap().alpn_protocols, [b"http/1.1"]);
        // Both may stand in one file.
        assert!(config(&made.bundle(), &made.bundle()).is_ok());
    }

    #[test]
    fn a_pair_that_does_not_is_refused_by_its_file_with_the_way_out() {
        let (made, other) = (Certificates::make().unwrap(), Certificates::make().unwrap());
        for (certificate, key, file, reason) in [
            ("gone.pem".into(), made.key(), "gone.pem of tls_cert", "No such file"),
            (made.certificate(), "gone.key".into(), "gone.key of tls_key", "No such file"),
            (made.key(), made.key(), "server.key of tls_cert", "holds no certificate"),
            (made.certificate(), made.certificate(), "server.pem of tls_key", "holds no private key"),
            (made.certificate(), other.key(), "server.key of tls_key", "is not that of the certificate in"),
        ] {
            let error = config(&certificate, &key).unwrap_err();
            assert!(error.contains(file) && error.contains(reason), "{error}");
            let flag = if file.ends_with("cert") { "--tls-cert FILE" } else { "--tls-key FILE" };
            assert!(error.contains(flag), "{error}");
        }
    }

    #[test]
    fn contents_are_told_apart() {
        let pair = |certificate: &str, key: &str| Pair { certificate: certificate.into(), key: key.into() }.digest();
        assert_eq!(pair("a", "b"), pair("a", "b"));
        assert_ne!(pair("a", "b"), pair("ab", ""));
    }
}
