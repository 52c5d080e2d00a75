//! What the servers stand on, and for how long.

use std::fmt;

use super::Phase;

/// What the servers under torture stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    /// One server, with its own folder and nothing else.
    Folder,
    /// Nodes that share one Redis, which is on disk before it answers, and PostgreSQL.
    Single,
    /// Nodes that share what three Sentinels watch, and PostgreSQL.
    Sentinel,
    /// Nodes that share a Redis Cluster, and PostgreSQL.
    Cluster,
}

/// What an acknowledged event has survived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// Nothing yet: a failover may take it.
    Memory,
    /// It is on disk.
    Disk,
    /// A replica has it, too.
    Replica,
}

/// Phases on one ground. Each stage begins with nothing.
#[derive(Debug, PartialEq)]
pub(crate) struct Stage {
    /// What the servers stand on.
    pub(crate) ground: Ground,
    /// What happens, phase by phase; each ends with a checkpoint.
    pub(crate) phases: Vec<Phase>,
}

impl Ground {
    /// Of a run on several nodes: each in turn, first the one on which most can happen.
    pub(super) fn of_stage(number: usize) -> Self {
        [Self::Sentinel, Self::Single, Self::Cluster].get(number % 3).copied().unwrap_or(Self::Single)
    }

    /// Whether a replica takes over when Redis goes silent.
    pub(crate) fn fails_over(self) -> bool {
        matches!(self, Self::Sentinel | Self::Cluster)
    }

    /// The level of a phase: a stage begins with nothing to lose, and ends with it.
    pub(super) fn level(self, phase: usize, of: usize) -> Level {
        match self {
            Self::Folder | Self::Single => Level::Disk,
            Self::Sentinel | Self::Cluster if phase + 1 < of => Level::Replica,
            Self::Sentinel | Self::Cluster => Level::Memory,
        }
    }
}

/// How many phases a stage has: the first are short, so that a short run sees several grounds.
pub(super) fn phases_of(stage: usize) -> usize {
    if stage < 3 { 2 } else { 6 }
}

impl Level {
    /// As it is configured.
    pub(crate) fn configured(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Disk => "aof",
            Self::Replica => "replicas:1",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.configured())
    }
}
