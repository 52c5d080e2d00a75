//! One's own second factor.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tideboard_access::{Action, RecoveryCode, TotpSecret, recovery_codes};
use tideboard_store::Totp;
use utoipa::ToSchema;

use super::account::check_own_password;
use super::body::Body;
use super::guard::User;
use super::problem::{ApiError, ProblemBody};
use crate::app::AppState;
use crate::auth::Remote;
use crate::random;

/// What codes are called in an authenticator.
const ISSUER: &str = "Tideboard";

/// A second factor that is not in use yet.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfferedBody {
    /// In base32, for typing.
    secret: String,
    /// The same for an authenticator, mostly as a QR code.
    uri: String,
}

/// A second factor to use from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmBody {
    /// The one that was offered.
    secret: String,
    /// The code that it shows now.
    code: String,
    /// One's password.
    password: String,
}

/// What signs in when the second factor is lost.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecoveryBody {
    /// Ten codes, each good once: shown now and never again.
    recovery_codes: Vec<String>,
}

/// One's password, for what must not be done by whoever finds the page open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmedBody {
    password: String,
}

/// Offers a second factor. It counts once a code of it was shown.
#[utoipa::path(post, path = "/api/v1/account/totp", operation_id = "offerSecondFactor", tag = "account", responses((status = 200, body = OfferedBody)))]
pub(crate) async fn offer(user: User) -> Result<Json<OfferedBody>, ApiError> {
    user.require(Action::ManageOwnAccount)?;
    let own = &user.0.user;
    let Some(login) = own.login.as_ref().filter(|_| own.has_password) else {
        return Err(ApiError::invalid("", "choose a password first: a second factor comes on top of it"));
    };
    let secret = TotpSecret::generate(random::bytes().map_err(|error| ApiError::internal(&error))?);
    Ok(Json(OfferedBody { uri: secret.uri(login.as_str(), ISSUER), secret: secret.base32().to_owned() }))
}

/// Uses a second factor from now on.
#[utoipa::path(
    put, path = "/api/v1/account/totp", operation_id = "useSecondFactor", tag = "account", request_body = ConfirmBody,
    responses((status = 200, body = RecoveryBody), (status = 400, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn confirm(
    State(app): State<AppState>,
    user: User,
    from: Remote,
    Body(body): Body<ConfirmBody>,
) -> Result<Json<RecoveryBody>, ApiError> {
    user.require(Action::ManageOwnAccount)?;
    let own = &user.0.user;
    if !own.has_password {
        return Err(ApiError::invalid("/password", "choose a password first: a second factor comes on top of it"));
    }
    check_own_password(&app, &user, &from, Some(&body.password), "/password").await?;
    let secret = TotpSecret::parse(&body.secret)
        .ok_or_else(|| ApiError::invalid("/secret", "that is not the second factor that was offered"))?;
    let last_step = app
        .auth
        .confirms(&secret, &body.code)
        .ok_or_else(|| ApiError::invalid("/code", "that is not the code that it shows now: is its clock right?"))?;
    let codes = recovery_codes(random::bytes().map_err(|error| ApiError::internal(&error))?);
    let totp = Totp { secret, last_step, recovery: codes.iter().map(RecoveryCode::hash).collect() };
    let entry = user.entry(&app, &from, "user.totp", format!("user:{}", own.id), json!({"on": true}));
    app.store.set_totp(&own.id, Some(totp), entry).await?;
    app.auth.user_changed(&own.id);
    Ok(Json(RecoveryBody { recovery_codes: codes.iter().map(RecoveryCode::reveal).collect() }))
}

/// Goes without a second factor from now on.
#[utoipa::path(
    delete, path = "/api/v1/account/totp", operation_id = "dropSecondFactor", tag = "account", request_body = ConfirmedBody,
    responses((status = 204), (status = 400, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn drop_own(
    State(app): State<AppState>,
    user: User,
    from: Remote,
    Body(body): Body<ConfirmedBody>,
) -> Result<StatusCode, ApiError> {
    user.require(Action::ManageOwnAccount)?;
    check_own_password(&app, &user, &from, Some(&body.password), "/password").await?;
    let id = &user.0.user.id;
    let entry = user.entry(&app, &from, "user.totp", format!("user:{id}"), json!({"on": false}));
    app.store.set_totp(id, None, entry).await?;
    app.auth.user_changed(id);
    Ok(StatusCode::NO_CONTENT)
}
