//! Which Redis is used, and how.

use std::fmt;
use std::str::FromStr;

use crate::RedisError;
use crate::address::Address;

/// Which Redis is used, and how.
#[derive(Clone)]
pub struct Settings {
    pub(crate) address: Address,
    /// What an acknowledgement promises.
    pub acknowledge: Acknowledge,
    /// What every key begins with: logs with different prefixes have nothing to do with each other.
    pub prefix: String,
    /// Certificates (PEM) that vouch for the server, instead of the system's.
    pub ca: Option<Vec<u8>>,
}

/// What a server must have done before an append is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledge {
    /// It is in the primary's memory: a crash or a failover may lose the last appends, which viewers are then told.
    Memory,
    /// It is in the primary's append-only file, on disk: survives a crash; a failover may still lose the last appends.
    Aof,
    /// So many replicas have it too: survives a failover to one of those.
    Replicas(u8),
}

impl Settings {
    /// The Redis at an address, acknowledged in memory, under the prefix `tideboard`.
    ///
    /// # Errors
    /// [`RedisError::BadAddress`] with what is wrong about it.
    pub fn new(address: &str) -> Result<Self, RedisError> {
        let address = Address::parse(address)?;
        Ok(Self { address, acknowledge: Acknowledge::Memory, prefix: "tideboard".to_owned(), ca: None })
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("address", &self.address)
            .field("acknowledge", &self.acknowledge)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

impl FromStr for Acknowledge {
    type Err = RedisError;

    fn from_str(text: &str) -> Result<Self, RedisError> {
        let replicas = || text.strip_prefix("replicas:")?.parse().ok().filter(|count| (1..=10).contains(count));
        match text {
            "memory" => Ok(Self::Memory),
            "aof" => Ok(Self::Aof),
            _ => replicas().map(Self::Replicas).ok_or_else(|| RedisError::BadAcknowledge(text.to_owned())),
        }
    }
}

impl fmt::Display for Acknowledge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory"),
            Self::Aof => f.write_str("aof"),
            Self::Replicas(count) => write!(f, "replicas:{count}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_as_they_are_written() {
        for level in ["memory", "aof", "replicas:2"] {
            assert_eq!(level.parse::<Acknowledge>().unwrap().to_string(), level);
        }
        for none in ["", "disk", "replicas", "replicas:0", "replicas:11", "replicas:x"] {
            assert!(none.parse::<Acknowledge>().is_err(), "{none:?}");
        }
    }
}
