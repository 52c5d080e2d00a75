//! Looking at what is committed, and telling it.

use std::sync::Arc;

use redis::{Pipeline, Value};
use tideboard_log::{Append, Commit, Mark};
use tideboard_model::{Offset, Position, StreamName};

use super::wakes::Wake;
use super::{Followed, Tail};
use crate::answer::text;
use crate::number::hex;
use crate::stored::{self, ENDS, Ends, Entry};
use crate::trouble::Trouble;

/// How long a server may take to answer before it counts as away.
const LIMIT: std::time::Duration = std::time::Duration::from_millis(900);
/// Streams asked for at once.
const STREAMS: usize = 256;
/// Appends read at once.
const APPENDS: usize = 64;

impl Tail {
    /// Compares the partition's number with the one seen last, and where it differs, every stream's end.
    pub(super) async fn look(&mut self) -> Result<(), Trouble> {
        if self.host != self.shared.routes.current(self.shared.slot(self.partition)) {
            return Err(Trouble::Moved);
        }
        let mut pipeline = Pipeline::new();
        pipeline.cmd("HGET").arg(self.shared.layout.state(self.partition)).arg("last");
        if !self.shared.is_cluster() {
            // A primary that was demoted answers all the same.
            pipeline.cmd("ROLE");
        }
        let answers = self.ask(&pipeline).await?;
        let last = answers.first().map_or(Ok(None), text)?.unwrap_or_default().to_owned();
        if let Some(role) = answers.into_iter().nth(1) {
            let role = crate::answer::list(role)?;
            if !matches!(role.first().map(text), Some(Ok(Some("master")))) {
                return Err(Trouble::Later("the primary was demoted".to_owned()));
            }
        }
        self.reach.reached(self.partition);
        self.failures = 0;
        let is_quiet = self.last.as_ref() == Some(&last);
        let due: Vec<StreamName> = self
            .followed
            .iter()
            .filter(|(_, followed)| !is_quiet || followed.told.is_none())
            .map(|(stream, _)| stream.clone())
            .collect();
        for streams in due.chunks(STREAMS) {
            self.compare(streams).await?;
        }
        self.last = Some(last);
        Ok(())
    }

    pub(super) async fn wake(&mut self, wake: Wake) -> Result<(), Trouble> {
        let Some(Followed { told: Some(told), .. }) = self.followed.get(&wake.stream) else { return Ok(()) };
        let as_told = |told: &Ends| format!("{} {} {}", told.end.offset.0, hex(told.end.proof.0), told.base.offset.0);
        // The echo of what this node's own writer handed over, mostly.
        if told.as_ref().map(as_told).as_ref() == Some(&wake.ends) {
            return Ok(());
        }
        self.compare(&[wake.stream]).await
    }

    /// Tells an append of this node's own writer, if it follows on what was told.
    pub(super) async fn hear(&mut self, append: Arc<Append>) -> Result<(), Trouble> {
        let Some(followed) = self.followed.get_mut(&append.stream) else { return Ok(()) };
        let Some(Some(told)) = &mut followed.told else { return Ok(()) };
        if follows(&append, told) {
            told.end = append.position;
            self.shared.tell(append.into());
            return Ok(());
        }
        let is_behind = append.position.offset <= told.end.offset && append.position.epoch == told.end.epoch;
        if is_behind { Ok(()) } else { self.compare(std::slice::from_ref(&append.stream)).await }
    }

    /// Asks for the ends of streams, and tells what lies between them and what was told.
    async fn compare(&mut self, streams: &[StreamName]) -> Result<(), Trouble> {
        let mut pipeline = Pipeline::new();
        for stream in streams {
            pipeline.cmd("HMGET").arg(self.shared.layout.meta(stream)).arg(&ENDS[..]);
        }
        let answers = self.ask(&pipeline).await?;
        for (stream, answer) in streams.iter().zip(answers) {
            let found = stored::ends(answer)?;
            self.catch_up(stream, found).await?;
        }
        Ok(())
    }

    async fn catch_up(&mut self, stream: &StreamName, found: Option<Ends>) -> Result<(), Trouble> {
        let Some(&Followed { told: before, .. }) = self.followed.get(stream) else { return Ok(()) };
        let (mut told, found) = match (before, found) {
            (Some(None), None) => return Ok(()),
            (Some(Some(told)), Some(found)) => (told, found),
            (Some(None), Some(found)) => {
                let start = Position::start(found.end.epoch);
                (Ends { end: start, base: start, retained_from: None }, found)
            }
            (Some(Some(_)), None) | (None, _) => return self.begin(stream, found),
        };
        while told.end.offset < found.end.offset && told.end.epoch == found.end.epoch {
            for append in self.read(stream, &found, told.end.offset).await? {
                if !follows(&append, &told) {
                    return self.begin(stream, Some(found));
                }
                told.end = append.position;
                self.shared.tell(Arc::new(append).into());
            }
        }
        // What was read may be newer than what was found.
        if told.end.epoch != found.end.epoch
            || told.end.offset == found.end.offset && told.end.proof != found.end.proof
            || before.flatten().is_some_and(|told| found.end.offset < told.end.offset)
        {
            return self.begin(stream, Some(found));
        }
        let told = Ends { end: told.end, ..found };
        if let Some(followed) = self.followed.get_mut(stream) {
            followed.told = Some(Some(told));
        }
        self.tell_base(stream, &told);
        Ok(())
    }

    /// Goes on from the log's present end.
    fn begin(&mut self, stream: &StreamName, found: Option<Ends>) -> Result<(), Trouble> {
        if let Some(followed) = self.followed.get_mut(stream) {
            followed.told = Some(found);
        }
        self.shared.tell(Commit::Uncertain(stream.clone()));
        if let Some(found) = found {
            self.tell_base(stream, &found);
        }
        Ok(())
    }

    /// Tells what retention took since it was last told, also while the server was away.
    fn tell_base(&mut self, stream: &StreamName, found: &Ends) {
        let Some(followed) = self.followed.get_mut(stream) else { return };
        let before = followed.base.replace(found.base).filter(|before| before.epoch == found.base.epoch);
        let moved = before.is_some_and(|before| before.offset < found.base.offset);
        if let (true, Some(retained_from)) = (moved, found.retained_from) {
            let first_retained = found.base.offset.next();
            self.shared.tell(Commit::Trim(Mark { stream: stream.clone(), first_retained, retained_from }));
        }
    }

    /// The next appends after an offset: at least one, or an error.
    async fn read(&mut self, stream: &StreamName, found: &Ends, after: Offset) -> Result<Vec<Append>, Trouble> {
        let mut pipeline = Pipeline::new();
        let from = format!("{}-0", after.next().0);
        pipeline.cmd("XRANGE").arg(self.shared.layout.log(stream)).arg(from).arg("+").arg("COUNT").arg(APPENDS);
        let answer = self.ask(&pipeline).await?.into_iter().next().unwrap_or_default();
        let read = |entry: Entry| entry.read(stream, found.end.epoch).map_err(|error| Trouble::Lost(error.to_string()));
        let appends: Vec<Append> = stored::entries(answer)?.into_iter().map(read).collect::<Result<_, _>>()?;
        if appends.is_empty() { Err(Trouble::Lost("the end of a stream went away".to_owned())) } else { Ok(appends) }
    }

    async fn ask(&mut self, pipeline: &Pipeline) -> Result<Vec<Value>, Trouble> {
        let Some(link) = &mut self.link else { return Err(Trouble::Later("not connected".to_owned())) };
        let answers = link.ask(pipeline, LIMIT).await?;
        let is_moving = |answer: &Value| matches!(answer, Value::ServerError(error) if error.code() == "ASK");
        if answers.iter().any(is_moving) {
            let (shared, slot) = (&self.shared, self.shared.slot(self.partition));
            return shared.reads.ask(&shared.routes, slot, |_| pipeline.clone()).await;
        }
        Ok(answers)
    }
}

fn follows(append: &Append, told: &Ends) -> bool {
    append.position.epoch == told.end.epoch && append.before() == told.end.offset && append.previous == told.end.proof
}
