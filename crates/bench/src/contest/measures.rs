//! What contests measure, by the names that tables know.

/// A measure's name and its unit.
pub(crate) type Measure = (&'static str, &'static str);

/// The unit of what is only counted.
pub(crate) const COUNT: &str = "1";

/// Processor time of all processes that serve.
pub(crate) const SERVER_CPU: Measure = ("server, processor per viewer and second", "µs");
/// Messages as they came, without what WebSocket and TCP put around them.
pub(crate) const BYTES: Measure = ("bytes per viewer and second", "B");
/// Where it is measured, a load was given, and a server that reaches for a whole core may fall behind it.
pub(crate) const SERVER_SHARE: Measure = ("server, of one core", "%");
/// A server that needs this share of one core or more may be behind, in percent: what it did not do looks cheap.
pub(crate) const SERVER_SHARE_MOST: f64 = 70.0;
/// The same of whoever sends and receives.
pub(crate) const OWN_SHARE: Measure = ("load generator, of one core", "%");
/// Who sends only what is newest shows fewer than were sent.
pub(crate) const SHOWN: Measure = ("updates shown, of those sent", "%");
/// Updates that never came.
pub(crate) const LOST: Measure = ("updates lost", COUNT);
/// Updates that came again, or late.
pub(crate) const DOUBLED: Measure = ("updates doubled", COUNT);
/// Viewers that the server let go.
pub(crate) const GONE: Measure = ("viewers given up", COUNT);
/// From when an update was due, not when it was sent.
pub(crate) const DELAY_P99: Measure = ("update due → received, p99", "ms");
/// From opening the connection to holding what was acknowledged then.
pub(crate) const BACK_P50: Measure = ("connecting → exact, p50", "ms");
/// The same of the last viewer.
pub(crate) const BACK_LAST: Measure = ("connecting → exact, last", "ms");
/// All that came until a viewer was exact.
pub(crate) const BACK_BYTES: Measure = ("bytes until exact, per viewer", "KiB");
/// Processor time of all processes that serve, until the last viewer was exact.
pub(crate) const BACK_CPU: Measure = ("server, processor per viewer, until all are exact", "µs");

/// What a viewer adds to all processes that serve.
pub(crate) const MEMORY: Measure = ("memory per viewer", "KiB");

/// How measures begin that are costs, of which a ratio tells something.
pub(crate) const COSTS: [&str; 5] =
    ["server, processor", "server CPU per", "bytes", "memory per", "main thread per redraw"];
