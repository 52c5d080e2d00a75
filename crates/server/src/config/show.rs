//! The configuration as a table for people.

use std::fmt;

use super::{Key, Raw};

impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Key::ALL.iter().map(|key| key.name().len()).max().unwrap_or_default();
        let values =
            Key::ALL.iter().map(|key| self.get(*key).shown(*key).chars().count()).max().unwrap_or_default().min(48);
        for key in Key::ALL {
            let value = self.get(key);
            let text = value.shown(key);
            let text = if text.is_empty() { "(none)" } else { &text };
            writeln!(f, "{:names$}  {text:values$}  {}", key.name(), value.source.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_shown_with_its_source() {
        let shown = Raw::of(&[(Key::Listen, "0.0.0.0:1")]).to_string();
        let line = |name: &str| shown.lines().find(|line| line.starts_with(name)).map(str::to_owned);
        let words = |line: Option<String>| line.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        assert_eq!(words(line("listen")).as_deref(), Some("listen 0.0.0.0:1 flag"));
        assert_eq!(words(line("public_url")).as_deref(), Some("public_url (none) default"));
        assert_eq!(shown.lines().count(), Key::ALL.len());
        let shown = Raw::of(&[(Key::Redis, "redis://:hush@h:1"), (Key::Postgres, "postgres://a:hush@h/d")]).to_string();
        assert!(shown.contains("redis://:…@h:1") && !shown.contains("hush"), "{shown}");
    }
}
