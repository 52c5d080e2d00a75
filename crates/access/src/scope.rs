//! Scopes: the streams that an API key may write to.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tideboard_model::{NameError, StreamName};

/// Most patterns in one scope.
pub const SCOPE_MAX_PATTERNS: usize = 64;

/// The streams that an API key may write to. Written as a list of patterns: an exact name, or `prefix.*` for all
/// streams whose name starts with `prefix.`; an empty list stands for all streams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Scope {
    exact: BTreeSet<StreamName>,
    /// With the dot, without the star.
    prefixes: BTreeSet<String>,
}

/// Why a scope was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// More than [`SCOPE_MAX_PATTERNS`].
    #[error("a scope has at most {max} patterns, this one has {patterns}", max = SCOPE_MAX_PATTERNS)]
    TooMany {
        /// How many were given.
        patterns: usize,
    },
    /// A star stands where it has no meaning.
    #[error(
        "`{pattern}`: a star stands only at the end, after a dot, such as in `sensors.*`; for all streams leave the scope empty"
    )]
    Star {
        /// The refused pattern.
        pattern: String,
    },
    /// A pattern could match no stream.
    #[error(transparent)]
    Name(#[from] NameError),
}

impl Scope {
    /// All streams.
    #[must_use]
    pub fn all() -> Self {
        Self { exact: BTreeSet::new(), prefixes: BTreeSet::new() }
    }

    /// The streams that match one of the patterns; all streams if there are none.
    ///
    /// # Errors
    /// [`ScopeError`] names the first refused pattern.
    pub fn new<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Result<Self, ScopeError> {
        let mut scope = Self::all();
        let mut count = 0;
        for pattern in patterns {
            count += 1;
            scope.add(pattern.as_ref())?;
        }
        if count > SCOPE_MAX_PATTERNS { Err(ScopeError::TooMany { patterns: count }) } else { Ok(scope) }
    }

    fn add(&mut self, pattern: &str) -> Result<(), ScopeError> {
        let (name, is_prefix) = match pattern.strip_suffix(".*") {
            Some(name) => (name, true),
            None => (pattern, false),
        };
        if name.contains('*') {
            return Err(ScopeError::Star { pattern: pattern.to_owned() });
        }
        let name = StreamName::new(name)?;
        if is_prefix {
            self.prefixes.insert(format!("{name}."));
        } else {
            self.exact.insert(name);
        }
        Ok(())
    }

    /// Whether a stream belongs to the scope.
    #[must_use]
    pub fn covers(&self, stream: &StreamName) -> bool {
        self.is_all()
            || self.exact.contains(stream)
            || self.prefixes.iter().any(|prefix| stream.as_str().starts_with(prefix))
    }

    /// Whether the scope holds all streams.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.exact.is_empty() && self.prefixes.is_empty()
    }

    /// Some stream of the scope, for asking what could be done with one; `None` if no name would fit.
    pub(crate) fn example(&self) -> Option<StreamName> {
        let exact = self.exact.first().cloned();
        let longer = |prefix: &String| StreamName::new(&format!("{prefix}a")).ok();
        let any = || if self.is_all() { StreamName::new("a").ok() } else { None };
        exact.or_else(|| self.prefixes.iter().find_map(longer)).or_else(any)
    }

    /// The scope as a list of patterns, sorted: exact names, then prefixes.
    #[must_use]
    pub fn patterns(&self) -> Vec<String> {
        let exact = self.exact.iter().map(ToString::to_string);
        exact.chain(self.prefixes.iter().map(|prefix| format!("{prefix}*"))).collect()
    }
}

impl TryFrom<Vec<String>> for Scope {
    type Error = ScopeError;
    fn try_from(patterns: Vec<String>) -> Result<Self, ScopeError> {
        Self::new(patterns)
    }
}

impl From<Scope> for Vec<String> {
    fn from(scope: Scope) -> Self {
        scope.patterns()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(patterns: &[&str], stream: &str) -> bool {
        Scope::new(patterns).unwrap().covers(&StreamName::new(stream).unwrap())
    }

    #[test]
    fn patterns_cover_exact_names_and_whole_segments() {
        let cases: [(&[&str], &str, bool); 9] = [
            (&[], "anything", true),
            (&["host.cpu"], "host.cpu", true),
            (&["host.cpu"], "host.cpu2", false),
            (&["host.cpu"], "host.cpu.user", false),
            (&["host.*"], "host.cpu", true),
            (&["host.*"], "host.cpu.user", true),
            (&["host.*"], "host", false),
            (&["host.*"], "hostile.cpu", false),
            (&["a", "host.*"], "a", true),
        ];
        for (patterns, stream, expected) in cases {
            assert_eq!(covers(patterns, stream), expected, "{patterns:?} {stream}");
        }
    }

    #[test]
    fn the_example_of_a_scope_is_one_of_its_streams() {
        for patterns in [&[][..], &["host.cpu"], &["host.*"], &["orders", "host.*"]] {
            let scope = Scope::new(patterns).unwrap();
            assert!(scope.covers(&scope.example().unwrap()), "{patterns:?}");
        }
    }

    #[test]
    fn stars_elsewhere_and_bad_names_are_refused() {
        for pattern in ["*", "host*", "*.cpu", "a.*.b", "*.*", ".**"] {
            assert!(matches!(Scope::new([pattern]), Err(ScopeError::Star { .. })), "{pattern}");
        }
        assert!(matches!(Scope::new([".*"]), Err(ScopeError::Name(_))));
        assert!(matches!(Scope::new([""]), Err(ScopeError::Name(_))));
        let many = (0..65).map(|i| format!("s{i}"));
        assert_eq!(Scope::new(many), Err(ScopeError::TooMany { patterns: 65 }));
    }

    #[test]
    fn a_scope_survives_json() {
        let scope = Scope::new(["b.*", "a", "a"]).unwrap();
        let json = serde_json::to_string(&scope).unwrap();
        assert_eq!(json, r#"["a","b.*"]"#);
        assert_eq!(serde_json::from_str::<Scope>(&json).unwrap(), scope);
        assert!(serde_json::from_str::<Scope>(r#"["*"]"#).is_err());
    }
}
