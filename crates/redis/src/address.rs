//! Where Redis is: one address, the Sentinels that know it, or some nodes of a Cluster.

use std::fmt;

use percent_encoding::percent_decode_str;

use crate::RedisError;

/// A host and its port.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) port: u16,
}

/// How a server is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Topology {
    /// It is here.
    Single(Host),
    /// These know where it is.
    Sentinel { sentinels: Vec<Host>, service: String },
    /// These know where each part is.
    Cluster(Vec<Host>),
}

/// Everything that an address says.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) topology: Topology,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) database: i64,
    pub(crate) is_encrypted: bool,
}

impl Address {
    /// Reads `redis://`, `redis+sentinel://`, `redis+cluster://` and their `rediss` forms.
    pub(crate) fn parse(text: &str) -> Result<Self, RedisError> {
        let (scheme, rest) = text.split_once("://").ok_or_else(|| bad("has no scheme, such as redis://"))?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (sign_in, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = sign_in.split_once(':').unwrap_or(("", sign_in));
        let hosts = hosts.split(',').map(|host| Host::parse(host, scheme)).collect::<Result<Vec<_>, _>>()?;
        let (kind, is_encrypted) = match scheme.strip_prefix("rediss") {
            Some(kind) => (kind, true),
            None => (scheme.strip_prefix("redis").unwrap_or("?"), false),
        };
        let topology = match (kind, hosts.as_slice(), path) {
            ("", [host], _) => Topology::Single(host.clone()),
            ("", _, _) => return Err(bad("names several hosts: use redis+sentinel:// or redis+cluster://")),
            ("+sentinel", _, "") => {
                return Err(bad("of Sentinels ends in the name of the service, as in …:26379/main"));
            }
            ("+sentinel", _, service) => Topology::Sentinel { sentinels: hosts, service: decoded(service)? },
            ("+cluster", _, "" | "0") => Topology::Cluster(hosts),
            ("+cluster", _, _) => return Err(bad("of a Cluster names a database: a Cluster has only one")),
            _ => return Err(bad(&format!("has the unknown scheme {scheme}://"))),
        };
        let database = match &topology {
            Topology::Single(_) if !path.is_empty() => {
                path.parse().map_err(|_no_number| bad(&format!("names the database {path:?}, which is no number")))?
            }
            Topology::Single(_) | Topology::Sentinel { .. } | Topology::Cluster(_) => 0,
        };
        let given = |text: &str| if text.is_empty() { Ok(None) } else { decoded(text).map(Some) };
        Ok(Self { topology, user: given(user)?, password: given(password)?, database, is_encrypted })
    }
}

impl Host {
    /// Reads `host`, `host:port` or `[v6]:port`.
    fn parse(text: &str, scheme: &str) -> Result<Self, RedisError> {
        let usual = if scheme.ends_with("+sentinel") { 26_379 } else { 6_379 };
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => {
                (name, port.parse().map_err(|_no_number| bad(&format!("has the port {port:?}, which is no number")))?)
            }
            Some(_) | None => (text, usual),
        };
        let name = name.trim_start_matches('[').trim_end_matches(']');
        if name.is_empty() {
            return Err(bad("has no host"));
        }
        Ok(Self { name: name.to_owned(), port })
    }

    /// Reads `host:port` as servers write it, with bare IPv6 addresses.
    pub(crate) fn told(text: &str) -> Option<Self> {
        let (name, port) = text.rsplit_once(':')?;
        let port = port.split('@').next()?.parse().ok()?;
        (!name.is_empty()).then(|| Self { name: name.to_owned(), port })
    }
}

fn decoded(text: &str) -> Result<String, RedisError> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(Into::into).map_err(|_not_utf8| bad("has escapes that are not UTF-8"))
}

fn bad(reason: &str) -> RedisError {
    RedisError::BadAddress(reason.to_owned())
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.contains(':') {
            write!(f, "[{}]:{}", self.name, self.port)
        } else {
            write!(f, "{}:{}", self.name, self.port)
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Without the password.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address")
            .field("topology", &self.topology)
            .field("user", &self.user)
            .field("database", &self.database)
            .field("is_encrypted", &self.is_encrypted)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(address: &str) -> String {
        format!("{:?}", Address::parse(address).unwrap().topology)
    }

    #[test]
    fn addresses_of_all_kinds_are_read() {
        assert_eq!(hosts("redis://h"), "Single(h:6379)");
        assert_eq!(hosts("rediss://[::1]:7000/3"), "Single([::1]:7000)");
        assert_eq!(hosts("redis+sentinel://a,b:1/main"), r#"Sentinel { sentinels: [a:26379, b:1], service: "main" }"#);
        assert_eq!(hosts("rediss+cluster://a:1,b:2"), "Cluster([a:1, b:2])");
        let full = Address::parse("rediss://us%40er:p%3Aw@h:1/3").unwrap();
        assert_eq!((full.user.as_deref(), full.password.as_deref()), (Some("us@er"), Some("p:w")));
        assert_eq!((full.database, full.is_encrypted), (3, true));
        assert_eq!(Address::parse("redis://:secret@h").unwrap().password.as_deref(), Some("secret"));
        assert!(!format!("{full:?}").contains("p:w"), "no password in what is printed");
    }

    #[test]
    fn what_is_no_address_is_refused_with_its_reason() {
        for (address, reason) in [
            ("localhost", "no scheme"),
            ("http://h", "unknown scheme http"),
            ("redis://", "no host"),
            ("redis://h:x", "port \"x\""),
            ("redis://a,b", "several hosts"),
            ("redis://h/x", "database \"x\""),
            ("redis+sentinel://a", "name of the service"),
            ("redis+cluster://a/3", "only one"),
        ] {
            let error = Address::parse(address).unwrap_err().to_string();
            assert!(error.contains(reason), "{address}: {error}");
        }
    }
}
