//! What people wrote, and where.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::{ConfigError, Key, file};

/// Where a value was set. A later one wins over an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Nowhere.
    Default,
    /// In the configuration file.
    File,
    /// In the environment.
    Env,
    /// On the command line.
    Flag,
}

impl Value {
    /// As it may be shown to anyone.
    #[must_use]
    pub fn shown(&self, key: Key) -> String {
        if key.is_secret() { super::secret::without_password(&self.text) } else { self.text.clone() }
    }
}

impl Source {
    /// The word for it, as `tideboard config` prints it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Env => "env",
            Self::Flag => "flag",
        }
    }

    pub(super) fn describe(self, key: Key) -> String {
        match self {
            Self::Default => "by default".to_owned(),
            Self::File => "set in the configuration file".to_owned(),
            Self::Env => format!("set by {}", key.variable()),
            Self::Flag => format!("set by --{}", key.flag()),
        }
    }
}

/// A value as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// As written; an array of the file is joined by commas.
    pub text: String,
    /// Where.
    pub source: Source,
}

/// Everything that was written, by key; what was not written is not here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Raw {
    values: BTreeMap<Key, Value>,
    /// Variables that look like ours but name nothing.
    unknown_variables: Vec<String>,
}

impl Raw {
    /// Gathers what flags, environment and file say. `TIDEBOARD_CONFIG` names the file where `file` is `None`.
    ///
    /// # Errors
    /// [`ConfigError`] if the file can't be read or sets something unknown, or a variable is not text.
    pub fn gather(
        flags: BTreeMap<Key, String>,
        env: impl IntoIterator<Item = (OsString, OsString)>,
        file: Option<PathBuf>,
    ) -> Result<Self, ConfigError> {
        let mut raw = Self::default();
        let mut from_env = BTreeMap::new();
        let mut file = file;
        for (variable, value) in env {
            let Some(variable) = variable.to_str().filter(|name| name.starts_with("TIDEBOARD_")) else { continue };
            if variable == "TIDEBOARD_CONFIG" {
                file = file.or_else(|| Some(PathBuf::from(value)).filter(|path| !path.as_os_str().is_empty()));
                continue;
            }
            let Some(key) = Key::ALL.into_iter().find(|key| key.variable() == variable) else {
                raw.unknown_variables.push(variable.to_owned());
                continue;
            };
            let text = value.into_string().map_err(|_raw| ConfigError::NotText { variable: variable.to_owned() })?;
            from_env.insert(key, text);
        }
        if let Some(file) = file {
            raw.set_all(file::read(&file)?, Source::File);
        }
        raw.set_all(from_env, Source::Env);
        raw.set_all(flags, Source::Flag);
        Ok(raw)
    }

    fn set_all(&mut self, values: BTreeMap<Key, String>, source: Source) {
        self.values.extend(values.into_iter().map(|(key, text)| (key, Value { text, source })));
    }

    /// A value as written, else its default.
    #[must_use]
    pub fn get(&self, key: Key) -> Value {
        let default = || Value { text: key.default_text().to_owned(), source: Source::Default };
        self.values.get(&key).cloned().unwrap_or_else(default)
    }

    /// Environment variables that start like ours but set nothing: probably mistyped.
    #[must_use]
    pub fn unknown_variables(&self) -> &[String] {
        &self.unknown_variables
    }

    #[cfg(test)]
    pub(super) fn of(values: &[(Key, &str)]) -> Self {
        let mut raw = Self::default();
        raw.set_all(values.iter().map(|(key, text)| (*key, (*text).to_owned())).collect(), Source::Flag);
        raw
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn flags_win_over_environment_and_environment_over_defaults() {
        let flags = BTreeMap::from([(Key::Listen, "1.1.1.1:1".to_owned())]);
        let vars = env(&[("TIDEBOARD_LISTEN", "2.2.2.2:2"), ("TIDEBOARD_DATA", "/d"), ("HOME", "/h")]);
        let raw = Raw::gather(flags, vars, None).unwrap();
        assert_eq!(raw.get(Key::Listen), Value { text: "1.1.1.1:1".into(), source: Source::Flag });
        assert_eq!(raw.get(Key::Data), Value { text: "/d".into(), source: Source::Env });
        assert_eq!(raw.get(Key::RetentionDays), Value { text: "7".into(), source: Source::Default });
        assert!(raw.unknown_variables().is_empty());
    }

    #[test]
    fn a_variable_that_names_nothing_is_reported() {
        let raw = Raw::gather(BTreeMap::new(), env(&[("TIDEBOARD_LISTN", "x")]), None).unwrap();
        assert_eq!(raw.unknown_variables(), ["TIDEBOARD_LISTN"]);
    }
}
