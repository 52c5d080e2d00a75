//! Questions that may be asked twice: each goes to the server that has the answer, again until it is given or time is up.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::{Cmd, Pipeline, Value};
use tokio::time::{Instant, sleep, timeout_at};

use crate::address::Host;
use crate::link::Link;
use crate::routes::Routes;
use crate::slot::Slot;
use crate::trouble::Trouble;

/// How long a question is asked for.
pub(crate) const PATIENCE: Duration = Duration::from_millis(2_500);
/// How long one server may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_millis(2_000);
/// Between one try and the next.
pub(crate) const PAUSE: Duration = Duration::from_millis(40);

/// Asks, over connections that all share.
#[derive(Default)]
pub(crate) struct Reads {
    links: Mutex<HashMap<Host, Link>>,
}

impl Reads {
    /// Asks several things of one slot at once.
    pub(crate) async fn ask(
        &self,
        routes: &Routes,
        slot: Slot,
        question: impl Fn(&Link) -> Pipeline,
    ) -> Result<Vec<Value>, Trouble> {
        let deadline = Instant::now() + PATIENCE;
        let mut directed = None;
        loop {
            let asked = timeout_at(deadline, self.ask_once(routes, slot, directed.take(), &question)).await;
            let trouble = match asked.unwrap_or_else(|_too_late| Err(Trouble::Lost("Redis does not answer".to_owned())))
            {
                Err(Trouble::Ask(host)) => {
                    directed = Some(host);
                    Trouble::Moved
                }
                Err(trouble @ (Trouble::Lost(_) | Trouble::Later(_) | Trouble::Moved)) => {
                    routes.forget();
                    trouble
                }
                answered => return answered,
            };
            if Instant::now() + PAUSE >= deadline {
                return Err(trouble);
            }
            if directed.is_none() {
                sleep(PAUSE).await;
            }
        }
    }

    async fn ask_once(
        &self,
        routes: &Routes,
        slot: Slot,
        directed: Option<Host>,
        question: impl Fn(&Link) -> Pipeline,
    ) -> Result<Vec<Value>, Trouble> {
        let is_directed = directed.is_some();
        let host = match directed {
            Some(host) => host,
            None => routes.find(slot).await?,
        };
        let mut link = self.link(routes, &host).await?;
        let mut pipeline = question(&link);
        if is_directed {
            pipeline = asking(&pipeline);
        }
        let answers = link.ask(&pipeline, ANSWER_LIMIT).await;
        let answers = answers.inspect_err(|_lost| drop(self.links().remove(&host)))?;
        let answers: Vec<Value> = if is_directed { answers.into_iter().skip(1).step_by(2).collect() } else { answers };
        for answer in &answers {
            if let Value::ServerError(error) = answer {
                let trouble = Trouble::from(error.clone());
                if matches!(trouble, Trouble::Later(_)) {
                    // A script that was flushed, or a server that was demoted: a new connection sees to both.
                    self.links().remove(&host);
                }
                return Err(trouble);
            }
        }
        Ok(answers)
    }

    async fn link(&self, routes: &Routes, host: &Host) -> Result<Link, Trouble> {
        let known = self.links().get(host).cloned();
        if let Some(link) = known {
            return Ok(link);
        }
        let link = routes.connector.connect(host, None).await?;
        self.links().insert(host.clone(), link.clone());
        Ok(link)
    }

    fn links(&self) -> std::sync::MutexGuard<'_, HashMap<Host, Link>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same, of a server that is only taking the slot over.
pub(crate) fn asking(pipeline: &Pipeline) -> Pipeline {
    let mut asking = Pipeline::new();
    for command in pipeline.cmd_iter() {
        let mut ask = Cmd::new();
        ask.arg("ASKING");
        asking.add_command(ask).add_command(command.clone());
    }
    asking
}
