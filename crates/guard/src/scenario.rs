//! What is counted.

use crate::checksum::Checksum;
use crate::flush::{Flush, Phase};
use crate::fold::Fold;
use crate::ingest::{Ingest, Protocol};
use crate::policy::Policy;
use crate::resume::Resume;

/// A scenario that is set up.
pub(crate) trait Scenario {
    /// Does what is counted, once.
    fn run(&mut self);

    /// Sums up what came of it; not counted.
    fn outcome(&mut self, checksum: &mut Checksum);
}

type SetUp = fn() -> Box<dyn Scenario>;

/// Every scenario by name.
pub(crate) const SCENARIOS: [(&str, SetUp); 7] = [
    ("ingest-json", || Box::new(Ingest::new(Protocol::Json))),
    ("ingest-lines", || Box::new(Ingest::new(Protocol::Lines))),
    ("fold", || Box::new(Fold::new())),
    ("flush-together", || Box::new(Flush::new(Phase::Together))),
    ("flush-staggered", || Box::new(Flush::new(Phase::Staggered))),
    ("resume", || Box::new(Resume::new())),
    ("policy", || Box::new(Policy::new())),
];
