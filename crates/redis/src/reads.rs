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
        loop {
            let asked = timeout_at(deadline, self.ask_once(routes, slot, &question)).await;
            let lost = || Err(Trouble::Lost("Redis does not answer".to_owned()));
            let trouble = match asked.unwrap_or_else(|_too_late| lost()) {
                Err(trouble @ (Trouble::Lost(_) | Trouble::Later(_) | Trouble::Moved | Trouble::Ask(_))) => trouble,
                answered => return answered,
            };
            routes.forget();
            if Instant::now() + PAUSE >= deadline {
                return Err(trouble);
            }
            sleep(PAUSE).await;
        }
    }

    async fn ask_once(
        &self,
        routes: &Routes,
        slot: Slot,
        question: impl Fn(&Link) -> Pipeline,
    ) -> Result<Vec<Value>, Trouble> {
        let host = routes.find(slot).await?;
        let mut link = self.link(routes, &host).await?;
        let pipeline = question(&link);
        let answers = link.ask(&pipeline, ANSWER_LIMIT).await;
        let mut answers = answers.inspect_err(|_lost| drop(self.links().remove(&host)))?;
        for (command, answer) in pipeline.cmd_iter().zip(&mut answers) {
            let Value::ServerError(error) = answer else { continue };
            let trouble = Trouble::from(error.clone());
            // Of the keys of a slot that moves, each is here or there.
            if let Trouble::Ask(to) = &trouble {
                *answer = self.ask_directed(routes, to, command).await?;
                continue;
            }
            if matches!(trouble, Trouble::Later(_)) {
                // Scripts that were flushed, or a server that was demoted: a new connection sees to both.
                self.links().remove(&host);
            }
            return Err(trouble);
        }
        Ok(answers)
    }

    /// Asks a server that is only taking the slot over, and to which another one pointed.
    async fn ask_directed(&self, routes: &Routes, host: &Host, command: &Cmd) -> Result<Value, Trouble> {
        let mut pipeline = Pipeline::new();
        pipeline.cmd("ASKING");
        pipeline.add_command(command.clone());
        let mut link = self.link(routes, host).await?;
        let answers = link.ask(&pipeline, ANSWER_LIMIT).await;
        let answers = answers.inspect_err(|_lost| drop(self.links().remove(host)))?;
        match answers.into_iter().nth(1) {
            Some(Value::ServerError(error)) => Err(error.into()),
            answer => Ok(answer.unwrap_or_default()),
        }
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
