//! Certificates for tests: an authority, and one certificate for servers on this machine.

use crate::error::ServiceError;
use crate::folder::Folder;
use crate::program::{find, run};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);
// Its own configuration: that of the machine could add extensions of its own.
const CONFIGURATION: &str = "\
[req]
distinguished_name = name
prompt = no
[name]
CN = tideboard tests
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
subjectAltName = DNS:localhost,IP:127.0.0.1
";

/// An authority of its own and a certificate for `localhost` and `127.0.0.1`; the files go when dropped.
#[derive(Debug)]
pub struct Certificates {
    folder: Folder,
}

impl Certificates {
    /// Makes them.
    ///
    /// # Errors
    /// When `openssl` is not installed or fails.
    pub fn make() -> Result<Self, ServiceError> {
        let made = Self { folder: Folder::create("certificates")? };
        made.folder.write("openssl.cnf", CONFIGURATION)?;
        made.sign("authority", &[])?;
        made.sign("server", &["-CA", "authority.pem", "-CAkey", "authority.key"])?;
        let bundle = [made.certificate(), made.key()].map(std::fs::read_to_string).map(Result::unwrap_or_default);
        made.folder.write("bundle.pem", &bundle.concat())?;
        Ok(made)
    }

    /// The authority that clients are to trust, as a PEM file.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// The server's certificate, as a PEM file.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("server.pem")
    }

    /// The server's key, as a PEM file.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.folder.join("server.key")
    }

    /// Certificate and key in one PEM file, as HAProxy wants them.
    #[must_use]
    pub fn bundle(&self) -> PathBuf {
        self.folder.join("bundle.pem")
    }

    fn sign(&self, name: &str, by: &[&str]) -> Result<(), ServiceError> {
        let mut openssl = Command::new(find("openssl", "openssl")?);
        openssl
            .args(["req", "-x509", "-config", "openssl.cnf", "-extensions", name, "-days", "3650", "-nodes"])
            .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
            .args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")])
            .args(by)
            .current_dir(self.folder.path());
        run("openssl", LIMIT, &mut openssl, &self.folder.join("output"))?;
        Ok(())
    }
}

/// The files that a server is pointed at; a copy of the paths, so that builders stay free of lifetimes.
#[derive(Debug, Clone)]
pub(crate) struct TlsFiles {
    pub(crate) authority: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl From<&Certificates> for TlsFiles {
    fn from(from: &Certificates) -> Self {
        Self { authority: from.authority(), certificate: from.certificate(), key: from.key() }
    }
}

/// A path as a configuration file wants it.
pub(crate) fn text(path: &Path) -> String {
    path.display().to_string()
}
