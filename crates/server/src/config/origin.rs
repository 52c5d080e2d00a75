//! Web origins: scheme, host and port (RFC 6454), compared as browsers write them.

use std::fmt;
use std::net::Ipv6Addr;

use axum::http::Uri;

/// Where a page came from, in the one way of writing it: lower case, without the scheme's own port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(String);

impl Origin {
    /// Reads `http://host[:port]` or `https://host[:port]`; a path other than `/` or a query is refused.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let own_port = match uri.scheme_str()? {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let authority = uri.authority()?;
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() || authority.as_str().contains('@') {
            return None;
        }
        let scheme = uri.scheme_str()?;
        let host = authority.host().to_ascii_lowercase();
        if !is_host(&host) {
            return None;
        }
        // A port that is no number, or none at all after the colon, is no origin.
        let port = match authority.as_str().strip_prefix(authority.host())? {
            "" => own_port,
            rest => rest.strip_prefix(':')?.parse::<u16>().ok()?,
        };
        Some(Self(if port == own_port { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:{port}") }))
    }

    /// The origin as text, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether pages of this origin came over TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https://")
    }
}

/// A name, or an address. A URI takes more; but these end up in headers, where `;` or `*` mean something.
fn is_host(host: &str) -> bool {
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match bracketed {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c)),
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_one_spelling() {
        for (text, expected) in [
            ("http://127.0.0.1:8433", Some("http://127.0.0.1:8433")),
            ("HTTP://Example.COM:80/", Some("http://example.com")),
            ("https://example.com:443", Some("https://example.com")),
            ("http://[::1]:8433", Some("http://[::1]:8433")),
            ("https://example.com:80", Some("https://example.com:80")),
            ("null", None),
            ("", None),
            ("example.com", None),
            ("ftp://example.com", None),
            ("http://user@example.com", None),
            ("http://example.com/path", None),
            ("http://example.com?q", None),
            ("http://example.com:port", None),
            ("https://*.example.com", None),
            ("https://example.com;script-src", None),
            ("https://[nothing]", None),
        ] {
            assert_eq!(Origin::parse(text).as_ref().map(Origin::as_str), expected, "{text}");
        }
    }
}
