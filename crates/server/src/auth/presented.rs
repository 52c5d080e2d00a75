//! What a request presents: an API key in any of the forms that producers can send, or the token that a page holds.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tideboard_access::{Secret, SecretKind, TOKEN_MAX_BYTES};

/// What a request presents. Its shape is right; whether it opens anything is looked up.
#[derive(Debug, Clone)]
pub(crate) enum Presented {
    /// The token of someone who signed in; never from a cookie, so that no page of another origin can send it.
    Access(String),
    /// An API key, by header: sent by programs on purpose.
    Key(Secret),
}

/// What a request presents, if anything. One of a wrong shape opens nothing, whatever else is there.
pub(crate) fn presented(headers: &HeaderMap) -> Option<Presented> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let text = authorization(value.to_str().ok()?)?;
        return key(&text).or_else(|| token(text));
    }
    key(headers.get("x-api-key")?.to_str().ok()?.trim())
}

/// The secret by which a session goes on, from its cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &'a str) -> Option<&'a str> {
    cookies(headers, name).next()
}

fn key(text: &str) -> Option<Presented> {
    Secret::parse(SecretKind::ApiKey, text).map(Presented::Key)
}

/// Three parts between dots: what cannot be a token costs no check of a signature.
fn token(text: String) -> Option<Presented> {
    let fits = text.len() <= TOKEN_MAX_BYTES && text.split('.').count() == 3;
    fits.then_some(Presented::Access(text))
}

/// The credential in `Bearer K`, `Token K` or `Basic user:K`; `Basic K:` too.
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
            let found = presented(&headers(&[(name, value.clone())]));
            assert!(matches!(found, Some(Presented::Key(found)) if found.hash() == secret.hash()), "{name}: {value}");
        }
    }

    #[test]
    fn a_session_is_found_among_cookies_and_opens_nothing_by_itself() {
        let headers = headers(&[("cookie", "other=1; c=secret; cc=2".to_owned())]);
        assert_eq!(cookie(&headers, "c"), Some("secret"));
        assert_eq!(cookie(&headers, "o"), None);
        assert!(presented(&headers).is_none());
    }

    #[test]
    fn what_may_be_a_token_is_told_from_what_is_none() {
        let of = |value: String| presented(&headers(&[("authorization", value)]));
        assert!(matches!(of("Bearer a.b.c".to_owned()), Some(Presented::Access(token)) if token == "a.b.c"));
        for bad in ["Bearer a.b", "Bearer a.b.c.d", "Bearer"] {
            assert!(of(bad.to_owned()).is_none(), "{bad}");
        }
        assert!(of(format!("Bearer a.b.{}", "c".repeat(TOKEN_MAX_BYTES))).is_none());
    }

    #[test]
    fn nothing_else_opens_anything() {
        let refresh = Secret::generate(SecretKind::Refresh, [1; 32]);
        let key = Secret::generate(SecretKind::ApiKey, [1; 32]);
        for pairs in [
            vec![],
            vec![("authorization", format!("Bearer {}", refresh.reveal()))],
            vec![("authorization", format!("Digest {}", key.reveal()))],
            vec![("authorization", "Basic !".to_owned())],
            vec![("cookie", format!("c={}", key.reveal()))],
            // A broken one is not passed over in favour of another.
            vec![("authorization", "Bearer nonsense".to_owned()), ("x-api-key", key.reveal().to_owned())],
            vec![("x-api-key", String::new())],
        ] {
            assert!(presented(&headers(&pairs)).is_none(), "{pairs:?}");
        }
    }
}
