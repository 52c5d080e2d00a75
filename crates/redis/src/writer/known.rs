//! What must be known of streams and producers before batches are judged.

use redis::{Cmd, Pipeline, Value};
use tideboard_log::AppendError;
use tideboard_log::implement::{StreamState, random};
use tideboard_model::{Epoch, StreamName};

use super::{SESSION_AGE, Writer, give_up};
use crate::answer::number;
use crate::link::Call;
use crate::number::hex;
use crate::pages::one;
use crate::reads::PATIENCE;
use crate::request::Pending;
use crate::scripts::Script;
use crate::stored::{self, Stored};
use crate::trouble::Trouble;

impl Writer {
    /// Asks several things over the connection that writes.
    pub(super) async fn ask(&mut self, pipeline: Pipeline) -> Result<Vec<Value>, Trouble> {
        let Some(lane) = &mut self.lane else { return Err(Trouble::Later("not connected".to_owned())) };
        lane.link.ask(&pipeline, PATIENCE).await
    }

    /// Learns every stream of a group that is not known yet; answers batches whose stream may not begin.
    pub(super) async fn learn(&mut self, group: &mut Vec<Pending>) -> Result<(), Trouble> {
        let mut unknown: Vec<StreamName> = Vec::new();
        for Pending { request, .. } in &*group {
            if !self.streams.contains_key(&request.stream) && !unknown.contains(&request.stream) {
                unknown.push(request.stream.clone());
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let mut pipeline = Pipeline::new();
        for stream in &unknown {
            pipeline.cmd("HGETALL").arg(self.shared.layout.meta(stream));
            pipeline.cmd("HGETALL").arg(self.shared.layout.names(stream));
        }
        let mut answers = self.ask(pipeline).await?.into_iter();
        let mut found = Vec::new();
        for stream in unknown {
            let (meta, names) = (answers.next().unwrap_or_default(), answers.next().unwrap_or_default());
            found.push((stream, stored::stream(meta, names)?));
        }
        let limit = self.shared.options.limits.streams;
        for ((stream, stored), has_room) in found.iter().zip(self.register(&found).await?) {
            if has_room {
                let fresh = || Some(Stored { state: StreamState::new(Epoch(random().ok()?)), token: String::new() });
                self.streams.extend(stored.clone().or_else(fresh).map(|stored| (stream.clone(), stored)));
            }
        }
        give_up(group, |pending| {
            let refused = !self.streams.contains_key(&pending.request.stream);
            refused.then_some(AppendError::TooManyStreams { limit })
        });
        Ok(())
    }

    /// Whether each stream has its place in the registry, in order. Those that exist get it anyway: a registry may have
    /// lost its latest names in a failover.
    async fn register(&mut self, streams: &[(StreamName, Option<Stored>)]) -> Result<Vec<bool>, Trouble> {
        let limit = self.shared.options.limits.streams;
        let keys = [self.shared.layout.streams()];
        let question = |link: &crate::link::Link| {
            let commands = streams.iter().map(|(stream, stored)| {
                let exists = if stored.is_some() { "1" } else { "0" };
                let arguments = vec![stream.as_str().into(), limit.to_string().into(), exists.into()];
                link.command(&Call { script: Script::Register, keys: &keys, arguments })
            });
            commands.fold(Pipeline::new(), |mut pipeline, command: Cmd| {
                pipeline.add_command(command);
                pipeline
            })
        };
        let answers = if self.shared.is_cluster() {
            self.shared.ask_registry(question).await?
        } else {
            // It lies here too: one connection less that may be stuck.
            let Some(pipeline) = self.lane.as_ref().map(|lane| question(&lane.link)) else { return Ok(Vec::new()) };
            self.ask(pipeline).await?
        };
        answers.iter().map(|answer| Ok(number(answer)? == 1)).collect()
    }

    /// Removes what sessions of the past left.
    pub(super) async fn tidy(&mut self) -> Result<(), Trouble> {
        let now = (self.shared.options.clock)();
        let before = now.0.saturating_sub(i64::try_from(SESSION_AGE.as_millis()).unwrap_or(i64::MAX));
        let keys = [self.shared.layout.state(self.partition)];
        let Some(lane) = &self.lane else { return Ok(()) };
        let call = Call { script: Script::Tidy, keys: &keys, arguments: vec![before.to_string().into()] };
        let command = lane.link.command(&call);
        self.ask(one(command)).await?.first().map_or(Ok(0), number)?;
        Ok(())
    }

    /// Makes sure that nothing sent before can still be done.
    pub(super) fn fence(&mut self) -> Cmd {
        let now = (self.shared.options.clock)();
        let mut command = Cmd::new();
        command.arg("HSET").arg(self.shared.layout.state(self.partition));
        command.arg(format!("s:{}", self.session)).arg(format!("{} {}", self.calls, now.0));
        command
    }

    pub(super) fn token() -> Result<String, Trouble> {
        random().map(hex).map_err(|error| Trouble::Refused(error.to_string()))
    }
}
