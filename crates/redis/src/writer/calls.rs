//! Judging batches, and sending what is left of them.

use std::collections::HashMap;
use std::sync::Arc;

use redis::{Cmd, Pipeline, Value};
use tideboard_log::implement::{Admitted, Window, Windows, encode, max_time, random};
use tideboard_model::{Millis, Offset, ProducerId, Proof};

use super::{RESERVE, Writer};
use crate::answer::{bytes, list};
use crate::layout::{key_name, producer_name};
use crate::link::Call;
use crate::number::{hex, ordered};
use crate::reads::PAUSE;
use crate::records::{ProducerRecord, write_key};
use crate::request::{Pending, Request, Sent};
use crate::scripts::Script;
use crate::settings::Acknowledge;
use crate::trouble::Trouble;
use tokio::time::Instant;

/// What is known of producers, by name: as stored, then as the batches before leave it.
type Producers = HashMap<String, Option<ProducerRecord>>;

impl Writer {
    /// Judges the batches one after another, each after those before it, and sends them together. If one of them turns
    /// out to be judged on what no longer holds, so are those that built on it: the script refuses them all.
    pub(super) async fn send(&mut self, group: &mut [Pending]) -> Result<Vec<Value>, Trouble> {
        let mut producers = self.recall(group).await?;
        let mut pipeline = Pipeline::new();
        for pending in &mut *group {
            let (command, sent) = self.call(&pending.request, &mut producers)?;
            pipeline.add_command(command);
            pending.sent = Some(sent);
        }
        if let Acknowledge::Replicas(count) = self.shared.acknowledge {
            // A write of this connection's own, behind which the replicas must be also where nothing was written now.
            pipeline.add_command(self.fence());
            let mut wait = Cmd::new();
            wait.arg("WAIT").arg(count).arg(replicas_limit(group).as_millis().to_string());
            pipeline.add_command(wait);
        }
        let deadline = group.iter().map(|pending| pending.request.deadline).max().unwrap_or_else(Instant::now);
        let limit = deadline.saturating_duration_since(Instant::now()).saturating_sub(RESERVE).max(PAUSE);
        let Some(lane) = &mut self.lane else { return Err(Trouble::Later("not connected".to_owned())) };
        lane.link.ask(&pipeline, limit).await
    }

    /// What is stored of the producers that a group names.
    async fn recall(&mut self, group: &[Pending]) -> Result<Producers, Trouble> {
        let mut names: Vec<String> = Vec::new();
        for Pending { request, .. } in group {
            for id in Windows::of(&request.serials).0.keys() {
                names.push(producer_name(&request.stream, &request.principal, id));
            }
        }
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Ok(Producers::new());
        }
        let mut pipeline = Pipeline::new();
        pipeline.cmd("HMGET").arg(self.shared.layout.of(self.partition, "producers")).arg(&names);
        let answer = self.ask(pipeline).await?.into_iter().next().unwrap_or_default();
        let records = list(answer)?.into_iter().map(|record| {
            let record = bytes(record)?;
            record.map(|record| ProducerRecord::read(&record).ok_or_else(|| Trouble::odd("a producer"))).transpose()
        });
        names.into_iter().zip(records).map(|(name, record)| Ok((name, record?))).collect()
    }

    fn call(&mut self, request: &Request, producers: &mut Producers) -> Result<(Cmd, Sent), Trouble> {
        let options = &self.shared.options;
        let now = (options.clock)();
        let opens = options.keys.opens(now);
        let Some(stored) = self.streams.get_mut(&request.stream) else {
            return Err(Trouble::Later("a stream is not known".to_owned()));
        };
        let mut windows = Windows::of(&request.serials);
        for (id, window) in &mut windows.0 {
            let known = producers.get(&producer_name(&request.stream, &request.principal, id));
            *window =
                known.and_then(Option::as_ref).filter(|known| known.used >= opens).map(|known| known.window.clone());
        }
        let sent = (&request.events, request.serials.as_slice());
        let admitted = stored.state.schema.admit(&request.stream, sent, &mut windows, options.limits);
        let proof = Proof(random().map_err(|error| Trouble::Refused(error.to_string()))?);
        let expected = stored.token.clone();
        let token = Self::token()?;
        let is_new = !admitted.new_fields.is_empty() || !admitted.new_tags.is_empty();
        if is_new || expected.is_empty() {
            stored.token.clone_from(&token);
        }
        let epoch = stored.state.end.epoch;
        // As no call before it on this connection has moved the end back.
        let after = stored.state.end.offset;
        self.calls = self.calls.saturating_add(1);
        let stamp = Stamp { now, opens, proof, expected, token, epoch: hex(epoch.0) };
        let command = self.command(request, &admitted, windows.0, producers, stamp);
        let Admitted { events, duplicates, refused, .. } = admitted;
        Ok((command, Sent { proof, epoch, after: Offset(after.0), accepted: now, events, duplicates, refused }))
    }

    fn command(
        &self,
        request: &Request,
        admitted: &Admitted,
        windows: impl IntoIterator<Item = (ProducerId, Option<Window>)>,
        producers: &mut Producers,
        stamp: Stamp,
    ) -> Cmd {
        let (layout, options) = (&self.shared.layout, &self.shared.options);
        let mut keys = vec![layout.meta(&request.stream), layout.log(&request.stream), layout.state(self.partition)];
        let all = Arc::ptr_eq(&admitted.events, &request.events);
        let blob = if all { request.encoded.clone() } else { encode(&admitted.events) };
        let mut arguments: Vec<Vec<u8>> = vec![
            self.session.clone().into(),
            self.calls.to_string().into(),
            stamp.now.0.to_string().into(),
            ordered(stamp.opens.0).into(),
            stamp.expected.into(),
            stamp.epoch.into(),
            admitted.events.len().to_string().into(),
            hex(stamp.proof.0).into(),
            ordered(max_time(&admitted.events).0).into(),
            blob,
            self.shared.publish().into(),
            layout.channel(&request.stream).into(),
            stamp.token.into(),
            admitted.new_fields.len().saturating_add(admitted.new_tags.len()).to_string().into(),
        ];
        if !admitted.new_fields.is_empty() || !admitted.new_tags.is_empty() {
            keys.push(layout.names(&request.stream));
        }
        for (field, kind) in &admitted.new_fields {
            arguments.extend([format!("f:{field}").into(), kind.as_str().into()]);
        }
        for tag in &admitted.new_tags {
            arguments.extend([format!("t:{tag}").into(), Vec::new()]);
        }
        match &request.key {
            Some((key, digest)) => {
                keys.extend([layout.of(self.partition, "keys"), layout.of(self.partition, "keys:order")]);
                let counts = (admitted.events.len(), admitted.duplicates);
                let record = write_key(*digest, stamp.now, counts, &admitted.refused);
                let name = key_name(&request.stream, &request.principal, key);
                arguments.extend([b"1".into(), name.into(), record.head.into(), record.tail.into()]);
                arguments.push(options.keys.count.to_string().into());
            }
            None => arguments.push(b"0".into()),
        }
        let windows: Vec<_> = windows.into_iter().filter_map(|(id, window)| Some((id, window?))).collect();
        arguments.push(windows.len().to_string().into());
        if !windows.is_empty() {
            keys.extend([layout.of(self.partition, "producers"), layout.of(self.partition, "producers:order")]);
            arguments.push(options.producers.to_string().into());
        }
        for (id, window) in windows {
            let name = producer_name(&request.stream, &request.principal, &id);
            let record = ProducerRecord { revision: hex(stamp.proof.0), used: stamp.now, window };
            let before = producers.get(&name).and_then(Option::as_ref).map(|known| known.revision.clone());
            arguments.extend([name.clone().into(), before.unwrap_or_default().into(), record.write()]);
            producers.insert(name, Some(record));
        }
        let call = Call { script: Script::Append, keys: &keys, arguments };
        self.lane.as_ref().map(|lane| lane.link.command(&call)).unwrap_or_default()
    }
}

/// What a call is stamped with.
struct Stamp {
    now: Millis,
    opens: Millis,
    proof: Proof,
    expected: String,
    token: String,
    epoch: String,
}

/// How long replicas may take: less than the batches may.
fn replicas_limit(group: &[Pending]) -> std::time::Duration {
    let first = group.iter().map(|pending| pending.request.deadline).min().unwrap_or_else(Instant::now);
    let left = first.saturating_duration_since(Instant::now());
    (left / 2).max(PAUSE)
}
