//! The description of the HTTP interface.

use std::sync::Arc;

use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{OpenApi, SecurityRequirement};

/// What stands in the description beside the handlers' own.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Tideboard",
        description = "Push events in, watch dashboards move. Errors are `application/problem+json` with a stable \
                       `code`. Signing in, and refreshing a session by its cookie, need the header \
                       `x-tideboard: 1`; everything else is opened by a token or a key in `Authorization: Bearer`. \
                       Live data comes over Socket.IO: see docs/protocol.md.",
        license(name = "Apache-2.0")
    ),
    tags(
        (name = "ingest", description = "Sending events"),
        (name = "session", description = "Signing in and out"),
        (name = "account", description = "One's own account"),
        (name = "people", description = "Who can sign in, with which rights, and who did what"),
        (name = "dashboards", description = "Dashboards and personal views over them"),
        (name = "keys", description = "Keys with which programs send or watch events"),
        (name = "streams", description = "What there is to show"),
        (name = "operation", description = "Watching the server")
    )
)]
struct Base;

/// The description to which handlers add theirs.
pub(super) fn base() -> OpenApi {
    let mut document = <Base as utoipa::OpenApi>::openapi();
    let session = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("tideboard_session")));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("session", session);
    components.add_security_scheme("key", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let none: [String; 0] = [];
    document.security =
        Some(vec![SecurityRequirement::new("token", none.clone()), SecurityRequirement::new("key", none)]);
    document
}

/// The finished description as text.
#[derive(Clone)]
pub(crate) struct Document(Arc<str>);

impl Document {
    pub(super) fn new(document: OpenApi) -> Self {
        // Its types hold nothing that JSON cannot.
        Self(document.to_pretty_json().unwrap_or_default().into())
    }

    pub(super) fn json(&self) -> String {
        self.0.as_ref().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_description_in_the_documentation_is_the_one_served() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
        let (_, document) = super::super::api().split_for_parts();
        let served = Document::new(document).json() + "\n";
        let written = std::fs::read_to_string(&file).unwrap_or_default();
        if served != written {
            std::fs::write(&file, served).unwrap();
            panic!("docs/openapi.json was out of date and has been written anew: look at it, then commit it");
        }
    }
}
