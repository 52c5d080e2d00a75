//! The configuration file: TOML, flat, every key known.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Value;

use super::{ConfigError, Key, Source};

pub(super) fn read(file: &Path) -> Result<BTreeMap<Key, String>, ConfigError> {
    let text =
        std::fs::read_to_string(file).map_err(|source| ConfigError::Unreadable { file: file.to_owned(), source })?;
    parse(file, &text)
}

fn parse(file: &Path, text: &str) -> Result<BTreeMap<Key, String>, ConfigError> {
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| ConfigError::Syntax { file: file.to_owned(), reason: error.to_string() })?;
    let mut values = BTreeMap::new();
    for (name, value) in table {
        let Some(key) = Key::named(&name) else {
            return Err(ConfigError::UnknownKey { file: file.to_owned(), nearest: Key::nearest(&name), name });
        };
        values.insert(key, flat(key, &value)?);
    }
    Ok(values)
}

/// A value as it would be written in the environment.
fn flat(key: Key, value: &Value) -> Result<String, ConfigError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Boolean(truth) => Ok(truth.to_string()),
        Value::Array(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|item| flat(key, item)).collect();
            Ok(items?.join(","))
        }
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => Err(ConfigError::Invalid {
            key,
            set_by: Source::File,
            text: format!("a {}", value.type_str()),
            expected: "a text, a whole number, true or false, or a list of texts".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<BTreeMap<Key, String>, String> {
        parse(Path::new("tideboard.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let values = read(
            "listen = \"0.0.0.0:80\"\nretention_days = 3\nhost_metrics = false\nallowed_origins = [\"http://a\", \"http://b\"]",
        );
        let expected = BTreeMap::from([
            (Key::Listen, "0.0.0.0:80".to_owned()),
            (Key::RetentionDays, "3".to_owned()),
            (Key::HostMetrics, "false".to_owned()),
            (Key::AllowedOrigins, "http://a,http://b".to_owned()),
        ]);
        assert_eq!(values, Ok(expected));
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_neighbour() {
        let error = read("listn = \"x\"").unwrap_err();
        assert_eq!(
            error,
            "the configuration file tideboard.toml sets `listn`, which does not exist: did you mean `listen`?"
        );
        assert!(read("completely_else = 1").unwrap_err().contains("these exist: listen, data"));
    }

    #[test]
    fn tables_and_broken_syntax_are_refused() {
        assert!(read("[listen]\nport = 1").unwrap_err().contains("expected a text"));
        assert!(read("listen = ").unwrap_err().contains("not valid TOML"));
    }
}
