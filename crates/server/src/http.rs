//! HTTP: addresses, and what stands before and around their handlers. Start at [`router`].

mod account;
mod assets;
mod audit;
mod body;
mod cors;
mod dashboards;
mod events;
mod failures;
mod forwarded;
mod guard;
mod headers;
mod influx;
mod invites;
mod keys;
mod observe;
mod openapi;
mod people;
mod probes;
mod problem;
mod refusals;
mod remote;
mod same_origin;
mod second_factor;
mod session;
mod sharing;
mod streams;
mod teams;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tideboard_model::ProblemCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use assets::file as asset;
pub(crate) use body::{encoding, read as read_body};
pub(crate) use observe::Peer;
pub(crate) use problem::ApiError;
pub(crate) use refusals::{Refusals, whose};

use crate::app::AppState;

/// Everything that is served. From the outside in: what is counted and logged, headers, the origin of socket
/// connections, sockets, CORS of ingest, who is asking, handlers.
pub(crate) fn router(app: AppState) -> Router {
    let (api, document) = api().split_for_parts();
    let (sockets, _) = crate::socket::layer(app.clone());
    let api = api
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(assets::serve)
        .route_layer(from_fn_with_state(app.clone(), guard::guard))
        .route_layer(from_fn(cors::ingest));
    api.layer(axum::Extension(openapi::Document::new(document)))
        .layer(sockets)
        .layer(from_fn(crate::socket::trim))
        .layer(from_fn(crate::socket::bundle))
        .layer(from_fn(body::in_time))
        .layer(from_fn_with_state(app.clone(), same_origin::sockets))
        .layer(from_fn_with_state(app.clone(), headers::add))
        .layer(from_fn_with_state(app.clone(), observe::observe))
        .with_state(app)
}

/// Every address with its handler and its description, in one list.
fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(probes::healthz))
        .routes(routes!(probes::readyz))
        .routes(routes!(probes::metrics))
        .routes(routes!(probes::document))
        .routes(routes!(session::current, session::sign_in, session::sign_out))
        .routes(routes!(session::refresh))
        .routes(routes!(session::socket_token))
        .routes(routes!(session::jwks))
        .routes(routes!(invites::reset_info))
        .routes(routes!(invites::reset))
        .routes(routes!(account::get, account::save))
        .routes(routes!(account::save_password))
        .routes(routes!(second_factor::offer, second_factor::confirm, second_factor::drop_own))
        .routes(routes!(account::sessions, account::end_others))
        .routes(routes!(account::end_session))
        .routes(routes!(people::list))
        .routes(routes!(people::change))
        .routes(routes!(people::sessions, people::end_sessions))
        .routes(routes!(people::drop_second_factor))
        .routes(routes!(people::reset_link))
        .routes(routes!(people::explained::explain))
        .routes(routes!(invites::list, invites::create))
        .routes(routes!(invites::info))
        .routes(routes!(invites::accept))
        .routes(routes!(invites::revoke))
        .routes(routes!(teams::list, teams::create))
        .routes(routes!(teams::save, teams::delete))
        .routes(routes!(audit::list))
        .routes(routes!(audit::export))
        .routes(routes!(dashboards::list))
        .routes(routes!(dashboards::get))
        .routes(routes!(sharing::list, sharing::save))
        .routes(routes!(dashboards::save_personal, dashboards::delete_personal))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::revoke))
        .routes(routes!(streams::list))
        .routes(routes!(events::post))
        .routes(routes!(influx::write))
}

async fn method_not_allowed() -> ApiError {
    ApiError::new(ProblemCode::MethodNotAllowed, "this address exists, but not for this method: see the Allow header")
}

#[cfg(test)]
mod tests;
