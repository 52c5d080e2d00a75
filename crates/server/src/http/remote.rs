//! From where a request comes, and on whose behalf something is done.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use serde_json::Value;
use tideboard_store::NewAudit;

use super::guard::User;
use super::observe::Peer;
use crate::app::App;
use crate::auth::Remote;

impl<S: Send + Sync> FromRequestParts<S> for Remote {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let address = Peer::of(&parts.extensions);
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        Ok(Self { address, user_agent: agent.unwrap_or_default().to_owned() })
    }
}

impl User {
    /// An entry for the record of who did what: by this user, now.
    pub(crate) fn entry(
        &self,
        app: &App,
        from: &Remote,
        action: &'static str,
        target: String,
        detail: Value,
    ) -> NewAudit {
        NewAudit { at: (app.clock)(), actor: self.0.actor(from.address.to_string()), action, target, detail }
    }
}
