//! What a request presents: an API key in any of the forms that producers can send, or a session's cookie.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tideboard_access::{Secret, SecretKind};

/// What a request presents. Its shape is right; whether it opens anything, the store knows.
#[derive(Debug, Clone)]
pub(crate) enum Presented {
    /// A session, by cookie: sent by browsers whoever made the page.
    Session(Secret),
    /// An API key, by header: sent by programs on purpose.
    Key(Secret),
}

impl Presented {
    pub(super) fn secret(&self) -> &Secret {
        match self {
            Self::Session(secret) | Self::Key(secret) => secret,
        }
    }
}

/// What a request presents, if anything. A key counts before a cookie; one of a wrong shape opens nothing, whatever
/// else is there.
pub(crate) fn presented(headers: &HeaderMap, cookie: &str) -> Option<Presented> {
    let key = |text: &str| Secret::parse(SecretKind::ApiKey, text).map(Presented::Key);
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        return key(&authorization(value.to_str().ok()?)?);
    }
    if let Some(value) = headers.get("x-api-key") {
        return key(value.to_str().ok()?.trim());
    }
    let secret = cookies(headers, cookie).next()?;
    Secret::parse(SecretKind::Session, secret).map(Presented::Session)
}

/// The key in `Bearer K`, `Token K` or `Basic user:K`; `Basic K:` too.
fn authorization(value: &str) -> Option<String> {
    let (scheme, rest) = value.trim().split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token") {
        return Some(rest.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
    let (user, password) = pair.split_once(':')?;
    Some(if password.is_empty() { user } else { password }.to_owned())
}

fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(key, _)| *key == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, String)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_key_is_found_in_every_form() {
        let secret = Secret::generate(SecretKind::ApiKey, [1; 32]);
        let key = secret.reveal();
        for (name, value) in [
            ("authorization", format!("Bearer {key}")),
            ("authorization", format!("token  {key}")),
            ("authorization", format!("Basic {}", STANDARD.encode(format!("anyone:{key}")))),
            ("authorization", format!("Basic {}", STANDARD.encode(format!("{key}:")))),
            ("x-api-key", key.to_owned()),
        ] {
            let found = presented(&headers(&[(name, value.clone())]), "c");
            assert!(matches!(found, Some(Presented::Key(found)) if found.hash() == secret.hash()), "{name}: {value}");
        }
    }

    #[test]
    fn a_session_is_found_among_cookies() {
        let secret = Secret::generate(SecretKind::Session, [1; 32]);
        let line = format!("other=1; c={}; cc=2", secret.reveal());
        assert!(matches!(presented(&headers(&[("cookie", line)]), "c"), Some(Presented::Session(_))));
    }

    #[test]
    fn nothing_else_opens_anything() {
        let session = Secret::generate(SecretKind::Session, [1; 32]);
        let key = Secret::generate(SecretKind::ApiKey, [1; 32]);
        let cookie = ("cookie", format!("c={}", session.reveal()));
        for pairs in [
            vec![],
            vec![("authorization", "Bearer".to_owned())],
            vec![("authorization", format!("Bearer {}", session.reveal()))],
            vec![("authorization", format!("Digest {}", key.reveal()))],
            vec![("authorization", "Basic !".to_owned())],
            vec![("cookie", format!("c={}", key.reveal()))],
            vec![("cookie", format!("d={}", session.reveal()))],
            // A broken key is not passed over in favour of the cookie.
            vec![("authorization", "Bearer nonsense".to_owned()), cookie.clone()],
            vec![("x-api-key", String::new()), cookie],
        ] {
            assert!(presented(&headers(&pairs), "c").is_none(), "{pairs:?}");
        }
    }
}
