//! The declaration: every value that can be set, once.

/// A value that can be set: in the file by [`Key::name`], by [`Key::variable`] in the environment, by [`Key::flag`]
/// on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Address and port to serve on.
    Listen,
    /// Folder of everything that is kept.
    Data,
    /// Address under which people reach the server.
    PublicUrl,
    /// The certificate of our own port.
    TlsCert,
    /// Its key.
    TlsKey,
    /// Whose word counts for where a request came from.
    TrustedProxies,
    /// Other origins whose pages may connect.
    AllowedOrigins,
    /// Other origins whose pages may show ours in a frame.
    FrameAncestors,
    /// Whether the machine measures itself.
    HostMetrics,
    /// Bound on a body as sent.
    MaxBodyBytes,
    /// Bound on a body after decompression.
    MaxDecodedBytes,
    /// Ingest requests that are worked on at once.
    IngestConcurrency,
    /// Age at which events are dropped.
    RetentionDays,
    /// What is logged.
    LogLevel,
    /// How it is logged.
    LogFormat,
    /// How long a sign-in lasts.
    SessionDays,
    /// How long a stop may take.
    ShutdownGraceSeconds,
    /// The least time between two frames to one viewer.
    FlushSpacingMs,
    /// How many viewers are let in a second.
    ConnectsPerSecond,
    /// Where the events are kept if many nodes share them.
    Redis,
    /// What an acknowledged event has survived there.
    RedisAcknowledge,
    /// What the names of all keys there begin with.
    RedisPrefix,
    /// The authority that vouches for it.
    RedisCa,
    /// Where the metadata is kept if many nodes share it.
    Postgres,
    /// What this node is called.
    Node,
    /// How long viewers are served on after a stop was asked for.
    DrainSeconds,
    /// How long who was known stays so while the metadata can't be reached.
    AccessGraceSeconds,
}

/// What is declared of a value.
struct Declaration {
    name: &'static str,
    default: &'static str,
    placeholder: &'static str,
    help: &'static str,
}

impl Key {
    /// Every key, in the order in which they are shown.
    pub const ALL: [Self; 27] = [
        Self::Listen,
        Self::Data,
        Self::PublicUrl,
        Self::TlsCert,
        Self::TlsKey,
        Self::TrustedProxies,
        Self::AllowedOrigins,
        Self::FrameAncestors,
        Self::HostMetrics,
        Self::MaxBodyBytes,
        Self::MaxDecodedBytes,
        Self::IngestConcurrency,
        Self::RetentionDays,
        Self::LogLevel,
        Self::LogFormat,
        Self::SessionDays,
        Self::ShutdownGraceSeconds,
        Self::FlushSpacingMs,
        Self::ConnectsPerSecond,
        Self::Redis,
        Self::RedisAcknowledge,
        Self::RedisPrefix,
        Self::RedisCa,
        Self::Postgres,
        Self::Node,
        Self::DrainSeconds,
        Self::AccessGraceSeconds,
    ];

    fn declaration(self) -> Declaration {
        let (name, default, placeholder, help) = match self {
            Self::Listen => ("listen", "127.0.0.1:8433", "ADDRESS:PORT", "Address and port to serve on"),
            Self::Data => ("data", "./data", "FOLDER", "Folder that holds everything that is kept"),
            Self::PublicUrl => {
                ("public_url", "", "URL", "Address under which people reach the server, if it stands behind a proxy")
            }
            Self::TlsCert => (
                "tls_cert",
                "",
                "FILE",
                "Certificate chain (PEM) to serve TLS with, together with tls_key; plain HTTP without",
            ),
            Self::TlsKey => ("tls_key", "", "FILE", "Private key (PEM) of the certificate in tls_cert"),
            Self::TrustedProxies => (
                "trusted_proxies",
                "",
                "ADDRESSES",
                "Addresses or prefixes of proxies whose X-Forwarded-For is believed, separated by commas",
            ),
            Self::AllowedOrigins => {
                ("allowed_origins", "", "ORIGINS", "Other origins whose pages may connect, separated by commas")
            }
            Self::FrameAncestors => (
                "frame_ancestors",
                "",
                "ORIGINS",
                "Other origins whose pages may show ours in a frame, separated by commas",
            ),
            Self::HostMetrics => ("host_metrics", "on", "on|off", "Whether this machine's load is measured and shown"),
            Self::MaxBodyBytes => ("max_body_bytes", "8388608", "BYTES", "Largest body that is taken, as sent"),
            Self::MaxDecodedBytes => {
                ("max_decoded_bytes", "67108864", "BYTES", "Largest body that is taken, after decompression")
            }
            Self::IngestConcurrency => {
                ("ingest_concurrency", "8", "COUNT", "Ingest requests that are worked on at the same time")
            }
            Self::RetentionDays => ("retention_days", "7", "DAYS", "Age at which events are dropped"),
            Self::LogLevel => {
                ("log_level", "info", "FILTER", "What is logged: error, warn, info, debug, trace, or a filter by part")
            }
            Self::LogFormat => ("log_format", "pretty", "pretty|json", "How it is logged"),
            Self::SessionDays => ("session_days", "30", "DAYS", "How long someone stays signed in"),
            Self::ShutdownGraceSeconds => {
                ("shutdown_grace_seconds", "10", "SECONDS", "How long a stop may take before it is forced")
            }
            Self::FlushSpacingMs => {
                ("flush_spacing_ms", "16", "MS", "Least time between two frames to one viewer while data flows")
            }
            Self::ConnectsPerSecond => {
                ("connects_per_second", "500", "COUNT", "How many viewers are let in a second when many come at once")
            }
            Self::Redis => ("redis", "", "URL", "Redis that keeps the events; they are kept in the folder without it"),
            Self::RedisAcknowledge => (
                "redis_acknowledge",
                "memory",
                "LEVEL",
                "What an acknowledged event has survived: memory, aof, replicas:N",
            ),
            Self::RedisPrefix => {
                ("redis_prefix", "tideboard", "TEXT", "What the names of all keys in Redis begin with")
            }
            Self::RedisCa => {
                ("redis_ca", "", "FILE", "Certificates (PEM) of who vouches for Redis, if the system's don't")
            }
            Self::Postgres => {
                ("postgres", "", "URL", "PostgreSQL that keeps users, keys and dashboards; the folder without it")
            }
            Self::Node => {
                ("node", "", "NAME", "What this node is called in metrics and logs; the host's name without it")
            }
            Self::DrainSeconds => (
                "drain_seconds",
                "auto",
                "SECONDS",
                "How long viewers are served on after a stop was asked for; auto: 5 with Redis",
            ),
            Self::AccessGraceSeconds => (
                "access_grace_seconds",
                "300",
                "SECONDS",
                "How long keys and sessions that were in use go on while PostgreSQL can't be reached",
            ),
        };
        Declaration { name, default, placeholder, help }
    }

    /// Whether the value may hold a password: then it is shown without it.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Redis | Self::Postgres)
    }

    /// The key in the configuration file.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.declaration().name
    }

    /// The value where nothing is set.
    #[must_use]
    pub fn default_text(self) -> &'static str {
        self.declaration().default
    }

    /// The environment variable.
    #[must_use]
    pub fn variable(self) -> String {
        format!("TIDEBOARD_{}", self.name().to_ascii_uppercase())
    }

    /// The flag on the command line, without the dashes before it.
    #[must_use]
    pub fn flag(self) -> String {
        self.name().replace('_', "-")
    }

    /// What the value is for, in a sentence without its stop.
    #[must_use]
    pub fn help(self) -> &'static str {
        self.declaration().help
    }

    /// What stands for the value in help texts.
    #[must_use]
    pub fn placeholder(self) -> &'static str {
        self.declaration().placeholder
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }

    /// The key whose name is written most like `name`, if any comes near.
    pub(super) fn nearest(name: &str) -> Option<Self> {
        // A word that the key begins with is as good as the key, whatever else follows.
        let distance =
            |key: &Self| if name.len() > 3 && key.name().starts_with(name) { 0 } else { edits(name, key.name()) };
        let nearest = Self::ALL.into_iter().min_by_key(distance)?;
        (distance(&nearest) <= name.len().max(3) / 2).then_some(nearest)
    }
}

/// How many single letters must be added, left out or changed to get from one word to the other (Levenshtein).
fn edits(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (done, left) in from.chars().enumerate() {
        let mut diagonal = done;
        let mut before = done + 1;
        for (right, above) in to.chars().zip(row.iter_mut().skip(1)) {
            let cost = (diagonal + usize::from(left != right)).min(before + 1).min(*above + 1);
            diagonal = *above;
            before = cost;
            *above = cost;
        }
        if let Some(first) = row.first_mut() {
            *first = done + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (from, to, expected) in
            [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("listen", "listn", 1)]
        {
            assert_eq!(edits(from, to), expected, "{from} → {to}");
        }
    }

    #[test]
    fn a_mistyped_key_finds_its_neighbour() {
        assert_eq!(Key::nearest("listn"), Some(Key::Listen));
        assert_eq!(Key::nearest("retention"), Some(Key::RetentionDays));
        assert_eq!(Key::nearest("host-metrics"), Some(Key::HostMetrics));
        assert_eq!(Key::nearest("zzzzzzzz"), None);
    }

    #[test]
    fn names_are_unique() {
        let names: std::collections::BTreeSet<_> = Key::ALL.iter().map(|key| key.name()).collect();
        assert_eq!(names.len(), Key::ALL.len());
    }
}
