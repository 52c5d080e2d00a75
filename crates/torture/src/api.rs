//! What is asked of a server beside events and frames.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::error::{TortureError, unexpected};
use crate::http::{self, Answer, Request};
use crate::server::{Target, bearer};

/// Fetches what lets a viewer in, and how long it should wait before it connects.
pub(crate) async fn socket_token(target: &Target) -> Result<(String, Duration), TortureError> {
    let headers = bearer(&target.reader);
    let request = Request { method: "POST", path: "/api/v1/session/socket-token", headers, body: b"" };
    let answer = http::once(target.address, &request).await?.success()?;
    let answer: Value = serde_json::from_str(&answer.body)?;
    let slot = answer.get("connectAfterMs").and_then(Value::as_u64).unwrap_or(0);
    let token = answer.get("token").and_then(Value::as_str);
    token.map_or_else(|| unexpected("no socket token"), |token| Ok((token.to_owned(), Duration::from_millis(slot))))
}

/// How many events each stream has.
pub(crate) async fn counts(target: &Target) -> Result<BTreeMap<String, u64>, TortureError> {
    let headers = bearer(&target.reader);
    let answer = get(target, "/api/v1/streams", headers).await?.success()?;
    let answer: Value = serde_json::from_str(&answer.body)?;
    let streams = answer.get("streams").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let count = |stream: &Value| {
        let name = stream.get("name")?.as_str()?.to_owned();
        Some((name, stream.get("events")?.as_u64()?))
    };
    Ok(streams.iter().filter_map(count).collect())
}

/// Whether it says that it can serve.
pub(crate) async fn is_ready(target: &Target) -> Result<bool, TortureError> {
    Ok(get(target, "/readyz", String::new()).await?.status == 200)
}

async fn get(target: &Target, path: &str, headers: String) -> Result<Answer, TortureError> {
    http::once(target.address, &Request { method: "GET", path, headers, body: b"" }).await
}
