//! Where the database is, and how to speak to it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::StoreError;

/// How long it may take to reach one host and be let in.
const CONNECT: Duration = Duration::from_secs(3);
/// After how much silence a connection is asked whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// Where the database is: `postgres://user:password@host:port/database`, with the options of libpq that matter here.
///
/// `sslmode` is `disable`, `prefer` (the default), `require`, `verify-ca` or `verify-full`, and means what it means to
/// libpq; `sslrootcert` is a file of certificates in PEM, by default (and with `system`) those of the operating system.
/// Several hosts, and `target_session_attrs=read-write`, make it follow a failover. Shown without user and password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresAddress {
    pub(super) config: Config,
    pub(super) tls: TlsMode,
    pub(super) roots: Roots,
}

/// How much the connection must be protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TlsMode {
    Disable,
    /// If the server offers it.
    Prefer,
    /// Against listeners, not against someone in the server's place.
    Require,
    /// With a certificate of someone who is trusted.
    VerifyCa,
    /// With a certificate of someone who is trusted, for this host.
    VerifyFull,
}

/// Whose certificates are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Roots {
    System,
    File(PathBuf),
}

impl PostgresAddress {
    /// How long connecting may take: each host has its time.
    pub(super) fn connect_limit(&self) -> Duration {
        CONNECT.saturating_mul(u32::try_from(self.config.get_hosts().len().max(1)).unwrap_or(u32::MAX))
    }

    /// The same without TLS.
    pub(super) fn without_tls(&self) -> Config {
        let mut config = self.config.clone();
        config.ssl_mode(SslMode::Disable);
        config
    }
}

impl FromStr for PostgresAddress {
    type Err = StoreError;

    fn from_str(url: &str) -> Result<Self, StoreError> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(bad("it must begin with postgres://".to_owned()));
        }
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut file, mut rest) = (None, None, Vec::new());
        for option in query.split('&').filter(|option| !option.is_empty()) {
            match option.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value.to_owned()),
                Some(("sslrootcert", value)) => file = Some(decoded(value)?),
                _ => rest.push(option),
            }
        }
        let roots = match file {
            None => Roots::System,
            Some(name) if name == "system" => Roots::System,
            Some(name) => Roots::File(name.into()),
        };
        let tls = tls_mode(mode.as_deref(), &roots)?;
        let parsed: Result<Config, _> = format!("{place}?{}", rest.join("&")).parse();
        let mut config = parsed.map_err(|error| bad(told(&error)))?;
        complete(&mut config, tls);
        Ok(Self { config, tls, roots })
    }
}

/// What the address leaves open.
fn complete(config: &mut Config, tls: TlsMode) {
    config.ssl_mode(match tls {
        TlsMode::Disable => SslMode::Disable,
        TlsMode::Prefer => SslMode::Prefer,
        TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => SslMode::Require,
    });
    if config.get_application_name().is_none() {
        config.application_name("tideboard");
    }
    config.connect_timeout(CONNECT).tcp_user_timeout(CONNECT.saturating_mul(3)).keepalives_idle(KEEPALIVE);
}

fn tls_mode(mode: Option<&str>, roots: &Roots) -> Result<TlsMode, StoreError> {
    match mode {
        Some("disable") => Ok(TlsMode::Disable),
        None | Some("prefer") => Ok(TlsMode::Prefer),
        // As libpq does: whoever names certificates wants them to be looked at.
        Some("require") if matches!(roots, Roots::File(_)) => Ok(TlsMode::VerifyCa),
        Some("require") => Ok(TlsMode::Require),
        Some("verify-ca") => Ok(TlsMode::VerifyCa),
        Some("verify-full") => Ok(TlsMode::VerifyFull),
        Some(other) => {
            Err(bad(format!("sslmode is disable, prefer, require, verify-ca or verify-full, but not `{other}`")))
        }
    }
}

fn decoded(text: &str) -> Result<String, StoreError> {
    let text = percent_decode_str(text).decode_utf8();
    text.map(Into::into).map_err(|error| bad(error.to_string()))
}

/// The library's error with its cause; neither holds a password.
fn told(error: &tokio_postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

fn bad(reason: String) -> StoreError {
    StoreError::BadAddress { reason }
}

impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        for (index, host) in self.config.get_hosts().iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match host {
                Host::Tcp(name) => write!(f, "{comma}{name}")?,
                #[cfg(unix)]
                Host::Unix(path) => write!(f, "{comma}{}", path.display())?,
            }
            let ports = self.config.get_ports();
            if let Some(port) = ports.get(index).or(ports.first()) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresAddress({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<PostgresAddress, StoreError> {
        url.parse()
    }

    #[test]
    fn protection_is_what_libpq_says_it_is() {
        let mode = |query: &str| {
            let address = parse(&format!("postgres://u:p@h/d{query}")).unwrap();
            (address.tls, address.config.get_ssl_mode())
        };
        for (query, tls, asked) in [
            ("", TlsMode::Prefer, SslMode::Prefer),
            ("?sslmode=disable", TlsMode::Disable, SslMode::Disable),
            ("?sslmode=prefer", TlsMode::Prefer, SslMode::Prefer),
            ("?sslmode=require", TlsMode::Require, SslMode::Require),
            ("?sslmode=require&sslrootcert=/ca.pem", TlsMode::VerifyCa, SslMode::Require),
            ("?sslrootcert=/ca.pem&sslmode=verify-full", TlsMode::VerifyFull, SslMode::Require),
            ("?sslmode=verify-full&sslrootcert=system", TlsMode::VerifyFull, SslMode::Require),
            ("?sslmode=verify-ca", TlsMode::VerifyCa, SslMode::Require),
        ] {
            assert_eq!(mode(query), (tls, asked), "{query}");
        }
        assert_eq!(
            parse("postgres://h/d?sslmode=verify-full&sslrootcert=%2Fmy%20ca.pem").unwrap().roots,
            Roots::File("/my ca.pem".into())
        );
    }

    #[test]
    fn addresses_that_lead_nowhere_are_refused_with_a_reason() {
        for (url, reason) in [
            ("host=h user=u", "postgres://"),
            ("mysql://h/d", "postgres://"),
            ("postgres://h/d?sslmode=allow", "`allow`"),
            ("postgres://h/d?colour=blue", "colour"),
            ("postgres://h:port/d", "port"),
        ] {
            let refused = parse(url).unwrap_err().to_string();
            assert!(refused.contains(reason), "{url}: {refused}");
        }
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        let shown = format!("{:?}", parse("postgres://ana:secret@a:1,b:2/meta?sslmode=require").unwrap());
        assert_eq!(shown, "PostgresAddress(postgres://a:1,b:2/meta)");
    }

    #[test]
    fn options_of_the_library_stay() {
        let address = parse("postgres://a,b/d?target_session_attrs=read-write&application_name=x").unwrap();
        assert_eq!(address.config.get_application_name(), Some("x"));
        assert_eq!(address.connect_limit(), 2 * CONNECT);
    }
}
