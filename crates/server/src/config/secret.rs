//! Addresses with passwords, as they may be shown.

use std::fmt;

/// An address that may hold a password; whoever prints it prints it without.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// `None` if nothing is written.
    pub(super) fn written(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// With its password.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An address without its password: what stands between the name and the last `@` before the path.
pub(super) fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        // Not an address: it may be a password that strayed here.
        return if text.is_empty() { String::new() } else { "…".to_owned() };
    };
    let end = rest.rfind('@').unwrap_or_default();
    let (credentials, place) = rest.split_at(end);
    let shown = match credentials.split_once(':') {
        Some((name, _)) => format!("{name}:…"),
        None => credentials.to_owned(),
    };
    let (place, options) = place.split_once('?').map_or((place, None), |(place, options)| (place, Some(options)));
    let options = options.map(|options| options.split('&').map(option).collect::<Vec<_>>().join("&"));
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{scheme}://{shown}{place}{options}")
}

fn option(option: &str) -> String {
    match option.split_once('=') {
        Some((name, _)) if name.to_ascii_lowercase().contains("pass") => format!("{name}=…"),
        Some(_) | None => option.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_left_out_and_the_rest_is_shown() {
        for (text, shown) in [
            ("", ""),
            ("redis://127.0.0.1:6379", "redis://127.0.0.1:6379"),
            ("redis://:secret@h:1/2", "redis://:…@h:1/2"),
            ("rediss+cluster://me:s:e@c@a:1,b:2", "rediss+cluster://me:…@a:1,b:2"),
            ("postgres://me@h/db?sslmode=require", "postgres://me@h/db?sslmode=require"),
            ("postgres://me:p/w@h/db?password=x&sslmode=require", "postgres://me:…@h/db?password=…&sslmode=require"),
            ("secret", "…"),
        ] {
            assert_eq!(without_password(text), shown);
        }
    }
}
