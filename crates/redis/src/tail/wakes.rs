//! Wake-ups: what a server says unasked, and asking it to.

use std::sync::Arc;

use redis::{Pipeline, PushInfo, PushKind, Value};
use tideboard_model::StreamName;
use tokio::sync::mpsc;

use super::{Followed, Tail};
use crate::link::PushTaker;
use crate::trouble::Trouble;

/// How many wake-ups may wait; past it they are forgotten, and the next look finds what they were about.
const WAITING: usize = 4_096;
/// How long a server may take to confirm.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(1);

/// Something was committed to a stream.
pub(super) struct Wake {
    pub(super) stream: StreamName,
    /// `<end> <proof> <base>`, as it then was.
    pub(super) ends: String,
}

impl Tail {
    pub(super) async fn connect(&mut self) -> Result<(), Trouble> {
        let host = self.shared.routes.find(self.shared.slot(self.partition)).await?;
        let (sender, wakes) = mpsc::channel(WAITING);
        // Of every channel, what stands before the stream's name.
        let head = self.shared.layout.of(self.partition, "w:").len();
        let taker: PushTaker = Arc::new(move |push: PushInfo| {
            if let Some(wake) = wake(&push, head) {
                // A full queue is no failure.
                drop(sender.try_send(wake));
            }
            // The sender goes with the connection, and the receiver hears of it.
            Ok(())
        });
        let link = self.shared.routes.connector.connect(&host, Some(taker)).await?;
        (self.link, self.wakes, self.last) = (Some(link), Some(wakes), None);
        self.host = Some(host);
        for followed in self.followed.values_mut() {
            followed.told = None;
        }
        let streams: Vec<StreamName> = self.followed.keys().cloned().collect();
        self.subscribe(&streams, "SUBSCRIBE").await
    }

    /// Follows what somebody attends now, and no more.
    pub(super) async fn follow(&mut self) -> Result<(), Trouble> {
        let attended = self.shared.attended.of(self.partition);
        let gone: Vec<StreamName> =
            self.followed.keys().filter(|name| !attended.contains_key(*name)).cloned().collect();
        let new: Vec<StreamName> = attended.keys().filter(|name| !self.followed.contains_key(*name)).cloned().collect();
        for stream in &gone {
            self.followed.remove(stream);
        }
        for (stream, asked) in attended {
            let followed = self.followed.entry(stream).or_insert(Followed { asked, told: None, base: None });
            if followed.asked != asked {
                followed.asked = asked;
                followed.told = None;
            }
        }
        self.subscribe(&gone, "UNSUBSCRIBE").await?;
        self.subscribe(&new, "SUBSCRIBE").await
    }

    async fn subscribe(&mut self, streams: &[StreamName], command: &str) -> Result<(), Trouble> {
        let Some(link) = &mut self.link else { return Ok(()) };
        if streams.is_empty() {
            return Ok(());
        }
        let command = if self.shared.is_cluster() { format!("S{command}") } else { command.to_owned() };
        let mut pipeline = Pipeline::new();
        for stream in streams {
            // One by one: each then has one answer.
            pipeline.cmd(&command).arg(self.shared.layout.channel(stream));
        }
        for answer in link.ask(&pipeline, LIMIT).await? {
            let Value::ServerError(error) = answer else { continue };
            let trouble = Trouble::from(error);
            if !matches!(trouble, Trouble::Refused(_)) {
                return Err(trouble);
            }
            // Looking goes on without listening.
            tracing::warn!(?trouble, "Redis does not wake this node, which only looks");
        }
        Ok(())
    }
}

fn wake(push: &PushInfo, head: usize) -> Option<Wake> {
    if !matches!(push.kind, PushKind::Message | PushKind::SMessage) {
        return None;
    }
    let [Value::BulkString(channel), Value::BulkString(ends)] = push.data.as_slice() else { return None };
    let stream = std::str::from_utf8(channel).ok()?.get(head..)?;
    let ends = std::str::from_utf8(ends).ok()?.to_owned();
    Some(Wake { stream: StreamName::new(stream).ok()?, ends })
}
