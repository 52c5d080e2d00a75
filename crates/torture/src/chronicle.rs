//! What happened when, and what was found.

use std::collections::VecDeque;
use std::fmt::Display;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::error::{TortureError, Trying};

/// Lines that are shown when something was found; all are in the file.
const SHOWN: usize = 80;

/// The time line of a run, shared by all that take part in it.
#[derive(Clone)]
pub(crate) struct Chronicle(Arc<Mutex<Inner>>);

struct Inner {
    started: Instant,
    file: File,
    last: VecDeque<String>,
    findings: Vec<String>,
}

impl Chronicle {
    /// Starts the clock.
    pub(crate) fn start(file: &Path) -> Result<Self, TortureError> {
        let file = File::create(file).trying(format!("making {}", file.display()))?;
        let inner = Inner { started: Instant::now(), file, last: VecDeque::new(), findings: Vec::new() };
        Ok(Self(Arc::new(Mutex::new(inner))))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something happened.
    pub(crate) fn note(&self, who: &str, what: impl Display) {
        self.inner().line(who, &what.to_string());
    }

    /// Something is wrong with what is being tested.
    pub(crate) fn find(&self, who: &str, what: impl Display) {
        let mut inner = self.inner();
        let finding = format!("{who}: {what}");
        inner.line("FOUND", &finding);
        inner.findings.push(finding);
    }

    /// Whether anything was found.
    pub(crate) fn found(&self) -> bool {
        !self.inner().findings.is_empty()
    }

    /// What was found.
    pub(crate) fn findings(&self) -> Vec<String> {
        self.inner().findings.clone()
    }

    /// The last lines.
    pub(crate) fn tail(&self) -> Vec<String> {
        self.inner().last.iter().cloned().collect()
    }
}

impl Inner {
    fn line(&mut self, who: &str, what: &str) {
        let line = format!("{:>9.3} {who:<10} {what}", self.started.elapsed().as_secs_f64());
        // A time line that cannot be written is missed only by whoever reads it later.
        writeln!(self.file, "{line}").ok();
        self.last.push_back(line);
        if self.last.len() > SHOWN {
            self.last.pop_front();
        }
    }
}
