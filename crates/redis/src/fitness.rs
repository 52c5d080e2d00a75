//! Whether a server may be trusted with a log.

use redis::{Pipeline, Value};

use crate::RedisError;
use crate::answer::{pairs, text};
use crate::settings::Acknowledge;
use crate::trouble::Trouble;

/// What stands against a server.
#[derive(Debug, Clone)]
pub(crate) enum Unfit {
    /// It drops keys.
    Evicts { policy: String },
    /// It keeps less than is promised.
    Level { level: Acknowledge, reason: String },
}

/// Asks for what [`judge`] reads: two answers.
pub(crate) fn question(pipeline: &mut Pipeline) {
    pipeline.cmd("CONFIG").arg("GET").arg("maxmemory-policy").arg("append*");
    pipeline.cmd("INFO").arg("memory").arg("persistence");
}

/// Judges a server by its configuration, or by what it says of itself where that may not be read.
pub(crate) fn judge(config: Value, info: &Value, acknowledge: Acknowledge) -> Result<(), Trouble> {
    let config = Facts::read(config, info);
    match config.policy.as_deref() {
        // Keys of a log have no time to live: only what is dropped regardless of that endangers them.
        Some(policy) if policy.starts_with("allkeys-") => {
            return Err(Trouble::Unfit(Unfit::Evicts { policy: policy.to_owned() }));
        }
        Some(_) => {}
        None => {
            tracing::warn!("whether Redis drops keys when its memory is full can't be read: allow CONFIG|GET or INFO")
        }
    }
    let Acknowledge::Aof = acknowledge else { return Ok(()) };
    let reason = match (config.append_only.as_deref(), config.append_sync.as_deref()) {
        (Some("yes"), Some("always")) => return Ok(()),
        (Some("yes"), Some(sync)) => format!("appendfsync is {sync}; set it to always"),
        (Some("no"), _) => "appendonly is no; set it to yes, and appendfsync to always".to_owned(),
        (_, _) => "appendonly and appendfsync can't be read; allow the user CONFIG|GET".to_owned(),
    };
    Err(Trouble::Unfit(Unfit::Level { level: acknowledge, reason }))
}

#[derive(Default)]
struct Facts {
    policy: Option<String>,
    append_only: Option<String>,
    append_sync: Option<String>,
}

impl Facts {
    fn read(config: Value, info: &Value) -> Self {
        let mut facts = Self::default();
        for (name, value) in pairs(config).unwrap_or_default() {
            let value = || text(&value).ok().flatten().map(str::to_owned);
            match text(&name) {
                Ok(Some("maxmemory-policy")) => facts.policy = value(),
                Ok(Some("appendonly")) => facts.append_only = value(),
                Ok(Some("appendfsync")) => facts.append_sync = value(),
                Ok(_) | Err(_) => {}
            }
        }
        let info = text(info).ok().flatten().unwrap_or_default();
        let told = |name| info.lines().find_map(|line| line.trim_end().strip_prefix(name)).map(str::to_owned);
        facts.policy = facts.policy.or_else(|| told("maxmemory_policy:"));
        facts
    }
}

impl From<Unfit> for RedisError {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Evicts { policy } => Self::Evicts { policy },
            Unfit::Level { level, reason } => Self::Level { level: level.to_string(), reason },
        }
    }
}
