//! What can go wrong before a log over Redis stands; after that, errors are those of every log.

/// Why a log over Redis could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum RedisError {
    /// The address is not one of Redis.
    #[error("the address of Redis {0}")]
    BadAddress(String),
    /// The level of acknowledgement is none of those there are.
    #[error("redis_acknowledge is memory, aof or replicas:N (N from 1 to 10), not {0:?}")]
    BadAcknowledge(String),
    /// The certificate can't be used.
    #[error("the certificates in redis_ca can't be used: {0}")]
    BadCertificates(String),
    /// Nothing answers, or what answers refuses to be used.
    #[error("Redis can't be reached: {0}")]
    Unreachable(String),
    /// Redis may drop keys to make room, which would take events that were acknowledged.
    #[error(
        "Redis drops keys when its memory is full (maxmemory-policy {policy}): acknowledged events would vanish. \
         Set maxmemory-policy to noeviction"
    )]
    Evicts {
        /// What it is set to.
        policy: String,
    },
    /// The server does not keep what the level of acknowledgement promises.
    #[error("redis_acknowledge = {level} can't be kept: {reason}")]
    Level {
        /// The level that was asked for.
        level: String,
        /// What stands against it, and how to mend it.
        reason: String,
    },
    /// The keys were written by a newer version of the program, or for another way of spreading them.
    #[error("the keys under the prefix {prefix:?} have layout {found}; this version of the program reads {supported}")]
    OtherLayout {
        /// The prefix of all keys.
        prefix: String,
        /// What is written there.
        found: String,
        /// What this program reads here.
        supported: String,
    },
}
