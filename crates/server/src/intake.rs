//! One ingest request from its body to its outcome, whatever the protocol.

use axum::extract::Request;
use tideboard_access::Principal;
use tideboard_ingest::{BodyError, Decoded, Limits, Rejected, Sent, decompress};
use tideboard_model::Nanos;

use crate::app::App;
use crate::http::{ApiError, encoding, read_body};
use crate::ingest::{Refused, Sending};
use crate::metrics::IngestResult;

/// Bodies up to this many bytes are decoded where they are; larger ones would hold up others.
const INLINE_MAX_BYTES: usize = 16 << 10;

/// On whose behalf a body is taken.
pub(crate) struct Intake<'a> {
    pub(crate) app: &'a App,
    pub(crate) principal: Principal,
    /// Recognises a retry.
    pub(crate) key: Option<String>,
}

/// What became of a body's events.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// How many are kept.
    pub(crate) accepted: usize,
    /// How many were kept before, by their producers' sequences.
    pub(crate) duplicates: usize,
    /// How many were refused.
    pub(crate) rejected: usize,
    /// The first of the refused ones, by place.
    pub(crate) refusals: Vec<Rejected>,
    /// Whether all were refused because the principal may not write to their streams.
    pub(crate) forbidden: bool,
}

impl Intake<'_> {
    /// Reads, unpacks, decodes and appends a body.
    pub(crate) async fn take<D>(self, request: Request, decode: D) -> Result<Outcome, ApiError>
    where
        D: FnOnce(&[u8], Nanos, &Limits) -> Result<Decoded, BodyError> + Send + 'static,
    {
        let encoding = encoding(request.headers())?;
        let _pass = self.app.gate.enter().await?;
        let limits = self.limits();
        let body = read_body(request.into_body(), limits.max_body_bytes).await?;
        let now = (self.app.clock)().to_nanos();
        let metrics = self.app.metrics.clone();
        let small = body.len() <= INLINE_MAX_BYTES && encoding == tideboard_ingest::ContentEncoding::Identity;
        let named = limits.max_named_rejections;
        let work = move || {
            let bytes = decompress(encoding, &body, &limits)?;
            metrics.ingest_bytes.inc_by(bytes.len() as u64);
            decode(&bytes, now, &limits)
        };
        let decoded = if small {
            work()?
        } else {
            tokio::task::spawn_blocking(work).await.map_err(|error| ApiError::internal(&error))??
        };
        self.append(decoded, named).await
    }

    async fn append(self, decoded: Decoded, max_named: usize) -> Result<Outcome, ApiError> {
        let Decoded { events, rejected: mut refusals, rejected_total } = decoded;
        let (mut places, mut sending) = (Vec::with_capacity(events.len()), Sending::with_capacity(events.len()));
        for Sent { place, event, serial } in events {
            places.push(place);
            sending.push(event, serial);
        }
        self.app.metrics.count_events(IngestResult::rejected, rejected_total);
        let (any_decoded, nothing_refused) = (!sending.is_empty(), rejected_total == 0);
        let answer = self.app.ingest.accept(sending, &self.principal, self.key).await?;
        let rejected = rejected_total + answer.refused.len();
        for Refused { place, member, reason } in answer.refused {
            let place = places.get(place).copied().unwrap_or_default();
            let pointer = member.map_or_else(|| format!("/{place}"), |member| format!("/{place}/{member}"));
            refusals.push(Rejected { place, pointer, reason, excerpt: None });
        }
        refusals.sort_by_key(|one| one.place);
        refusals.truncate(max_named);
        let forbidden = answer.forbidden && any_decoded && nothing_refused;
        Ok(Outcome { accepted: answer.accepted, duplicates: answer.duplicates, rejected, refusals, forbidden })
    }

    fn limits(&self) -> Limits {
        let config = &self.app.config;
        Limits {
            max_body_bytes: config.max_body_bytes,
            max_decoded_bytes: config.max_decoded_bytes,
            ..Limits::default()
        }
    }
}
