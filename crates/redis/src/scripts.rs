//! What is done in one step on the server. Each script reads and judges all before it changes anything: a script that
//! fails has changed nothing.

/// A script, by its place among those that every connection loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    /// Appends a batch, or says which expectation failed.
    Append,
    /// Looks for an append by its proof, newest first.
    Find,
    /// Adds a stream to the registry, if there is room.
    Register,
    /// Finds the first append at or after a time.
    Start,
    /// Moves a stream's base.
    Trim,
    /// Removes what sessions of the past left.
    Tidy,
}

/// In the order of [`Script`].
pub(crate) const SCRIPTS: [&str; 6] = [
    include_str!("scripts/append.lua"),
    include_str!("scripts/find.lua"),
    include_str!("scripts/register.lua"),
    include_str!("scripts/start.lua"),
    include_str!("scripts/trim.lua"),
    include_str!("scripts/tidy.lua"),
];
