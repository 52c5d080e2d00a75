//! How keys are named.
//!
//! ```text
//! {prefix}:layout                    text      version and number of partitions
//! {prefix}:streams                   set       names of all streams
//! {prefix}:{pN}:state                hash      last: a number that changes with every change of the partition;
//!                                              uses: counts uses of keys and producers; s:<session>: its last call
//! {prefix}:{pN}:keys, :keys:order    hash, zset   idempotency keys with their receipts, by age
//! {prefix}:{pN}:producers, …:order   hash, zset   producers' windows, by last use
//! {prefix}:{pN}:s:<stream>           hash      epoch, end, proof, base, base_proof, retained, high, accepted, schema
//! {prefix}:{pN}:n:<stream>           hash      f:<field> → kind, t:<tag> → nothing
//! {prefix}:{pN}:l:<stream>           stream    one entry per append: <last offset>-0 → h (header), b (events)
//! {prefix}:{pN}:w:<stream>           channel   "<end> <proof> <base>" after each change of the stream
//! ```
//! Everything of one partition shares a hash tag, so that one script may touch it in a Cluster.

use tideboard_log::IdempotencyKey;
use tideboard_model::{ProducerId, StreamName};

/// Rises when the keys change in a way that an older program does not read.
pub(crate) const VERSION: u32 = 1;

/// A part of the keys that lies together: all of a stream lies in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Partition(pub(crate) u16);

/// The names of keys.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) prefix: String,
    pub(crate) partitions: u16,
}

impl Layout {
    /// Where a stream lies, now and for ever.
    pub(crate) fn partition(&self, stream: &StreamName) -> Partition {
        const PRIME: u64 = 0x0000_0100_0000_01b3;
        let hash = stream
            .as_str()
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
        // The low bits of FNV alone spread short names badly.
        let mixed = hash ^ (hash >> 32);
        Partition(u16::try_from(mixed % u64::from(self.partitions.max(1))).unwrap_or(0))
    }

    pub(crate) fn layout(&self) -> String {
        format!("{}:layout", self.prefix)
    }

    pub(crate) fn streams(&self) -> String {
        format!("{}:streams", self.prefix)
    }

    /// A key of a partition.
    pub(crate) fn of(&self, partition: Partition, what: &str) -> String {
        format!("{}:{{p{}}}:{what}", self.prefix, partition.0)
    }

    pub(crate) fn state(&self, partition: Partition) -> String {
        self.of(partition, "state")
    }

    pub(crate) fn meta(&self, stream: &StreamName) -> String {
        self.of_stream("s", stream)
    }

    pub(crate) fn names(&self, stream: &StreamName) -> String {
        self.of_stream("n", stream)
    }

    pub(crate) fn log(&self, stream: &StreamName) -> String {
        self.of_stream("l", stream)
    }

    pub(crate) fn channel(&self, stream: &StreamName) -> String {
        self.of_stream("w", stream)
    }

    fn of_stream(&self, kind: &str, stream: &StreamName) -> String {
        format!("{}:{{p{}}}:{kind}:{stream}", self.prefix, self.partition(stream).0)
    }
}

/// Names a producer among those of its partition.
pub(crate) fn producer_name(stream: &StreamName, principal: &str, id: &ProducerId) -> String {
    scoped(stream, principal, id.as_str())
}

/// Names an idempotency key among those of its partition.
pub(crate) fn key_name(stream: &StreamName, principal: &str, key: &IdempotencyKey) -> String {
    scoped(stream, principal, key.as_str())
}

/// With lengths, so that neighbours can't trade characters.
fn scoped(stream: &StreamName, principal: &str, name: &str) -> String {
    format!("{}:{}:{stream}{principal}{name}", stream.as_str().len(), principal.len())
}
