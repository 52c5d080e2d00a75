//! What the written values mean.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::{HeaderMap, header};
use tracing_subscriber::EnvFilter;

use super::{Address, ConfigError, Key, Network, Origin, Raw};

/// The configuration that the server runs with: every value of its kind and within its bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Address and port to serve on; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Folder of everything that is kept.
    pub data: PathBuf,
    /// Address under which people reach the server; `None` where it is [`Config::listen`].
    pub public_url: Option<Origin>,
    /// What the port speaks TLS with; `None` where it speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Whose word counts for where a request came from.
    pub trusted_proxies: Vec<Network>,
    /// Other origins whose pages may connect.
    pub allowed_origins: Vec<Origin>,
    /// Other origins whose pages may show ours in a frame.
    pub frame_ancestors: Vec<Origin>,
    /// Whether the machine measures itself.
    pub host_metrics: bool,
    /// Bound on a body as sent.
    pub max_body_bytes: usize,
    /// Bound on a body after decompression.
    pub max_decoded_bytes: usize,
    /// Ingest requests that are worked on at once.
    pub ingest_concurrency: usize,
    /// Age at which events are dropped.
    pub retention: Duration,
    /// What is logged; a valid filter.
    pub log_level: String,
    /// How it is logged.
    pub log_format: LogFormat,
    /// How long a sign-in lasts.
    pub session_lifetime: Duration,
    /// How long a stop may take.
    pub shutdown_grace: Duration,
    /// The least time between two frames to one viewer.
    pub flush_spacing: Duration,
    /// How many viewers are let in a second when many come at once.
    pub connects_per_second: u32,
    /// Where the events are kept; `None` where that is the folder.
    pub redis: Option<RedisSettings>,
    /// Where the metadata is kept, as a connection URL; `None` where that is the folder.
    pub postgres: Option<Address>,
    /// What this node is called.
    pub node: String,
    /// How long viewers are served on after a stop was asked for.
    pub drain: Duration,
    /// How long who was known stays so while the metadata can't be reached.
    pub access_grace: Duration,
}

/// Where certificate and key of our own port are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and those between it and its authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What is said of Redis, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisSettings {
    /// Its address, with its scheme.
    pub url: Address,
    /// What an acknowledged event has survived.
    pub acknowledge: String,
    /// What the names of all keys begin with.
    pub prefix: String,
    /// A file of certificates.
    pub ca: Option<PathBuf>,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

const DAY_SECONDS: u64 = 24 * 60 * 60;

impl Config {
    /// Gives every written value its meaning.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] for the first value that is not of its kind or out of its bounds.
    pub fn resolve(raw: &Raw) -> Result<Self, ConfigError> {
        let read = Reader(raw);
        Ok(Self {
            listen: read.value(Key::Listen, "an address and port, such as 127.0.0.1:8433", |text| text.parse().ok())?,
            data: read.value(Key::Data, "a folder", |text| (!text.is_empty()).then(|| PathBuf::from(text)))?,
            public_url: read.value(Key::PublicUrl, "a URL without a path, such as https://board.example", |text| {
                if text.is_empty() { Some(None) } else { Origin::parse(text).map(Some) }
            })?,
            tls: read.tls()?,
            trusted_proxies: read.list(
                Key::TrustedProxies,
                "addresses or prefixes separated by commas, such as 10.0.0.7 or fd00::/8",
                Network::parse,
            )?,
            allowed_origins: read.origins(Key::AllowedOrigins)?,
            frame_ancestors: read.origins(Key::FrameAncestors)?,
            host_metrics: read.switch(Key::HostMetrics)?,
            max_body_bytes: read.count(Key::MaxBodyBytes, 1 << 10..=1 << 30)?,
            max_decoded_bytes: read.count(Key::MaxDecodedBytes, 1 << 10..=4 << 30)?,
            ingest_concurrency: read.count(Key::IngestConcurrency, 1..=1024)?,
            retention: read.seconds(Key::RetentionDays, 1..=36_500, DAY_SECONDS)?,
            log_level: read.value(
                Key::LogLevel,
                "a level such as info, or a filter such as info,tideboard=debug",
                |text| EnvFilter::try_new(text).ok().map(|_| text.to_owned()),
            )?,
            log_format: read.value(Key::LogFormat, "pretty or json", |text| match text {
                "pretty" => Some(LogFormat::Pretty),
                "json" => Some(LogFormat::Json),
                _ => None,
            })?,
            session_lifetime: read.seconds(Key::SessionDays, 1..=30, DAY_SECONDS)?,
            shutdown_grace: read.seconds(Key::ShutdownGraceSeconds, 1..=600, 1)?,
            flush_spacing: Duration::from_millis(read.number(Key::FlushSpacingMs, 1..=1_000)?),
            connects_per_second: read.rate(Key::ConnectsPerSecond)?,
            redis: read.redis()?,
            postgres: read.value(Key::Postgres, "a URL such as postgres://user:password@host/database", |text| {
                let scheme = text.split_once("://").map(|(scheme, _)| scheme);
                (text.is_empty() || matches!(scheme, Some("postgres" | "postgresql"))).then(|| Address::written(text))
            })?,
            node: read.value(Key::Node, "1 to 64 letters, digits, `-`, `_` or `.`", |text| match text {
                "" => Some(host_name()),
                name => is_node_name(name).then(|| name.to_owned()),
            })?,
            drain: read.drain()?,
            access_grace: read.seconds(Key::AccessGraceSeconds, 0..=86_400, 1)?,
        })
    }
}

impl Config {
    /// Whether browsers reach the server over TLS, its own or that of a proxy before it.
    pub(crate) fn is_secure(&self) -> bool {
        self.public_url.as_ref().map_or(self.tls.is_some(), Origin::is_secure)
    }

    /// What the address of our own port begins with.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// The server's own origin: the configured one; without it, that of the address that a request was sent to.
    pub(crate) fn own_origin(&self, headers: &HeaderMap) -> Option<Origin> {
        self.public_url.clone().or_else(|| {
            let host = headers.get(header::HOST)?.to_str().ok()?;
            Origin::parse(&format!("{}://{host}", self.scheme()))
        })
    }
}

fn is_node_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

fn host_name() -> String {
    sysinfo::System::host_name().ok().filter(|name| is_node_name(name)).unwrap_or_else(|| "node".to_owned())
}

struct Reader<'a>(&'a Raw);

impl Reader<'_> {
    fn value<T>(
        &self,
        key: Key,
        expected: impl Into<String>,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        let value = self.0.get(key);
        read(value.text.trim()).ok_or_else(|| ConfigError::Invalid {
            key,
            set_by: value.source,
            text: value.shown(key),
            expected: expected.into(),
        })
    }

    fn list<T>(&self, key: Key, expected: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, ConfigError> {
        self.value(key, expected, |text| {
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(read).collect()
        })
    }

    fn origins(&self, key: Key) -> Result<Vec<Origin>, ConfigError> {
        self.list(key, "origins separated by commas, such as https://intranet.example", Origin::parse)
    }

    fn file(&self, key: Key) -> Result<Option<PathBuf>, ConfigError> {
        self.value(key, "a file", |text| Some((!text.is_empty()).then(|| PathBuf::from(text))))
    }

    fn tls(&self) -> Result<Option<TlsFiles>, ConfigError> {
        let alone = |key, missing| ConfigError::Alone { key, set_by: self.0.get(key).source, missing };
        match (self.file(Key::TlsCert)?, self.file(Key::TlsKey)?) {
            (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
            (Some(_), None) => Err(alone(Key::TlsCert, Key::TlsKey)),
            (None, Some(_)) => Err(alone(Key::TlsKey, Key::TlsCert)),
            (None, None) => Ok(None),
        }
    }

    fn redis(&self) -> Result<Option<RedisSettings>, ConfigError> {
        let expected = "a URL that begins with redis://, redis+sentinel:// or redis+cluster:// (rediss for TLS)";
        let url = self.value(Key::Redis, expected, |text| {
            let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
            let known = matches!(
                scheme.strip_prefix("rediss").or(scheme.strip_prefix("redis")),
                Some("" | "+sentinel" | "+cluster")
            );
            (text.is_empty() || known).then(|| Address::written(text))
        })?;
        let acknowledge =
            self.value(Key::RedisAcknowledge, "memory, aof, or replicas:N with N from 1 to 5", |text| {
                let replicas = text.strip_prefix("replicas:").and_then(|count| count.parse().ok());
                let known =
                    matches!(text, "memory" | "aof") || replicas.is_some_and(|count: u8| (1..=5).contains(&count));
                known.then(|| text.to_owned())
            })?;
        let prefix = self.value(Key::RedisPrefix, "1 to 64 letters, digits, `-`, `_` or `.`", |text| {
            is_node_name(text).then(|| text.to_owned())
        })?;
        let ca = self.file(Key::RedisCa)?;
        Ok(url.map(|url| RedisSettings { url, acknowledge, prefix, ca }))
    }

    fn drain(&self) -> Result<Duration, ConfigError> {
        let shared = !self.0.get(Key::Redis).text.is_empty();
        self.value(Key::DrainSeconds, "auto, or a whole number between 0 and 600", |text| {
            let seconds = if text == "auto" { if shared { 5 } else { 0 } } else { text.parse().ok()? };
            (seconds <= 600).then(|| Duration::from_secs(seconds))
        })
    }

    fn switch(&self, key: Key) -> Result<bool, ConfigError> {
        self.value(key, "on or off", |text| match text {
            "on" | "true" | "yes" | "1" => Some(true),
            "off" | "false" | "no" | "0" => Some(false),
            _ => None,
        })
    }

    fn number(&self, key: Key, bounds: RangeInclusive<u64>) -> Result<u64, ConfigError> {
        let expected = format!("a whole number between {} and {}", bounds.start(), bounds.end());
        self.value(key, expected, |text| text.parse().ok().filter(|number| bounds.contains(number)))
    }

    fn count(&self, key: Key, bounds: RangeInclusive<u64>) -> Result<usize, ConfigError> {
        self.number(key, bounds).map(|number| usize::try_from(number).unwrap_or(usize::MAX))
    }

    fn rate(&self, key: Key) -> Result<u32, ConfigError> {
        self.number(key, 1..=100_000).map(|number| u32::try_from(number).unwrap_or(u32::MAX))
    }

    fn seconds(&self, key: Key, bounds: RangeInclusive<u64>, unit_seconds: u64) -> Result<Duration, ConfigError> {
        self.number(key, bounds).map(|number| Duration::from_secs(number * unit_seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(key: Key, text: &str) -> String {
        Config::resolve(&Raw::of(&[(key, text)])).expect_err(text).to_string()
    }

    #[test]
    fn the_defaults_are_valid() {
        let config = Config::resolve(&Raw::default()).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8433");
        assert_eq!(config.retention, Duration::from_secs(7 * DAY_SECONDS));
        assert_eq!(config.public_url, None);
        assert!(config.host_metrics);
    }

    #[test]
    fn values_out_of_bounds_are_refused_by_name() {
        assert_eq!(
            refused(Key::RetentionDays, "0"),
            "retention_days is `0` (set by --retention-days): expected a whole number between 1 and 36500"
        );
        for (key, text) in [
            (Key::Listen, "8433"),
            (Key::Listen, "localhost:99999"),
            (Key::Data, ""),
            (Key::PublicUrl, "board.example"),
            (Key::PublicUrl, "https://board.example/path"),
            (Key::AllowedOrigins, "https://a,*"),
            (Key::TrustedProxies, "10.0.0.0/33"),
            (Key::FrameAncestors, "*"),
            (Key::FrameAncestors, "https://*.example"),
            (Key::HostMetrics, "maybe"),
            (Key::MaxBodyBytes, "-1"),
            (Key::MaxBodyBytes, "1.5"),
            (Key::MaxDecodedBytes, "99999999999999"),
            (Key::IngestConcurrency, "0"),
            (Key::ConnectsPerSecond, "0"),
            (Key::LogLevel, "info,=,"),
            (Key::LogFormat, "xml"),
            (Key::SessionDays, ""),
            (Key::ShutdownGraceSeconds, "601"),
            (Key::FlushSpacingMs, "0"),
            (Key::Redis, "h:6379"),
            (Key::Redis, "redis+ring://h:6379"),
            (Key::RedisAcknowledge, "disk"),
            (Key::RedisAcknowledge, "replicas:0"),
            (Key::RedisPrefix, "a{b}"),
            (Key::Postgres, "mysql://h/d"),
            (Key::Node, "a b"),
            (Key::DrainSeconds, "601"),
            (Key::AccessGraceSeconds, "-1"),
        ] {
            assert!(refused(key, text).starts_with(key.name()), "{key:?} {text}");
        }
    }

    #[test]
    fn a_shared_log_brings_time_to_drain_and_no_password_into_sight() {
        let alone = Config::resolve(&Raw::default()).unwrap();
        assert_eq!((alone.redis, alone.drain), (None, Duration::ZERO));
        let raw =
            Raw::of(&[(Key::Redis, "rediss+sentinel://me:hush@a:1,b:2/main"), (Key::RedisAcknowledge, "replicas:2")]);
        let config = Config::resolve(&raw).unwrap();
        assert_eq!(config.drain, Duration::from_secs(5));
        assert_eq!(config.redis.as_ref().unwrap().prefix, "tideboard");
        assert!(!format!("{config:?}").contains("hush"), "{config:?}");
        assert!(
            !format!("{:?}", Config::resolve(&Raw::of(&[(Key::Postgres, "postgres://a:hush@h/d")]))).contains("hush")
        );
        assert!(!refused(Key::Postgres, "mysql://me:hush@h/d").contains("hush"));
    }

    #[test]
    fn tls_takes_a_certificate_and_its_key_or_neither() {
        let config = Config::resolve(&Raw::of(&[(Key::TlsCert, "c.pem"), (Key::TlsKey, "k.pem")])).unwrap();
        assert_eq!(config.tls, Some(TlsFiles { certificate: "c.pem".into(), key: "k.pem".into() }));
        assert_eq!((config.scheme(), config.is_secure()), ("https", true));
        assert_eq!(
            refused(Key::TlsCert, "c.pem"),
            "tls_cert is set (set by --tls-cert), but tls_key is not: TLS needs both, plain HTTP neither"
        );
        assert!(refused(Key::TlsKey, "k.pem").contains("but tls_cert is not"));
    }

    #[test]
    fn the_public_address_says_whether_browsers_come_over_tls() {
        for (public, tls, secure) in
            [("", false, false), ("", true, true), ("http://a", true, false), ("https://a", false, true)]
        {
            let files: &[_] = if tls { &[(Key::TlsCert, "c"), (Key::TlsKey, "k")] } else { &[] };
            let raw = Raw::of(&[files, &[(Key::PublicUrl, public)]].concat());
            assert_eq!(Config::resolve(&raw).unwrap().is_secure(), secure, "{public} {tls}");
        }
    }

    #[test]
    fn lists_and_switches_are_read() {
        let raw = Raw::of(&[(Key::AllowedOrigins, "https://a, http://b:81 ,"), (Key::HostMetrics, "off")]);
        let config = Config::resolve(&raw).unwrap();
        let origins: Vec<_> = config.allowed_origins.iter().map(Origin::as_str).collect();
        assert_eq!(origins, ["https://a", "http://b:81"]);
        assert!(!config.host_metrics);
    }
}
