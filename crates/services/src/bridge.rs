//! The servers, told what to do by lines of text.
//!
//! | line | answer |
//! |---|---|
//! | `start redis`, `start cluster`, `start sentinel`, `start postgres` | `url`, `port` or `ports`, `pid` or `pids` |
//! | `start haproxy FILE PORT`, `start nginx FILE PORT` | the same; the file is a whole configuration, or a site |
//! | `stop X`, `kill X`, `pause X`, `resume X`, `restart X`; X is any of them but cluster and sentinel | |
//! | `wipe redis` | restarts it with nothing |
//! | `reload haproxy`, `reload nginx` | reads the file again |
//! | `fail_over sentinel`, `fail_over cluster KEY` | `milliseconds` until the replica served |
//! | `lose_the_tail sentinel WORD…`, `lose_the_tail cluster KEY WORD…` | the same; the words are a command that is lost |
//! | `rejoin sentinel`, `rejoin cluster` | starts who is down, waits until all is well |
//! | `command redis WORD…` (or sentinel: its primary) | `answer` |
//! | `database postgres` | `url` of a fresh one |
//! | `free port` | `port`, which stays free until this ends |
//! | `drop X` | ends it and forgets it |
//!
//! An answer has `"ok": true` in it, or is `{"error": …}`.

mod fleet;
mod single;

use fleet::Fleet;
use serde_json::{Value, json};
use single::Single;
use std::collections::BTreeMap;
use tideboard_services::{Port, ServiceError};

/// What runs, by the name of its kind.
#[derive(Debug, Default)]
pub(crate) struct Bridge {
    singles: BTreeMap<String, Single>,
    fleets: BTreeMap<String, Fleet>,
    ports: Vec<Port>,
}

impl Bridge {
    /// Does what a line says.
    pub(crate) fn obey(&mut self, line: &str) -> Result<Value, ServiceError> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [verb, name, rest @ ..] = words.as_slice() else { return Err(not_understood(line)) };
        match (*verb, *name) {
            ("free", "port") => self.free_port(),
            ("start", _) => self.start(name, rest),
            ("drop", _) => self.forget(name),
            _ => self.tell(line, name, verb, rest),
        }
    }

    fn free_port(&mut self) -> Result<Value, ServiceError> {
        let port = Port::free()?;
        let answer = json!({ "ok": true, "port": port.number() });
        self.ports.push(port);
        Ok(answer)
    }

    fn start(&mut self, name: &str, rest: &[&str]) -> Result<Value, ServiceError> {
        if self.singles.contains_key(name) || self.fleets.contains_key(name) {
            return Err(ServiceError::Unexpected(format!("{name} is there already: drop it first, or restart it")));
        }
        if let Some(fleet) = Fleet::start(name)? {
            let answer = fleet.description();
            self.fleets.insert(name.to_owned(), fleet);
            return Ok(answer);
        }
        let single = Single::start(name, rest)?;
        let answer = single.description();
        self.singles.insert(name.to_owned(), single);
        Ok(answer)
    }

    fn forget(&mut self, name: &str) -> Result<Value, ServiceError> {
        let known = self.singles.remove(name).is_some() | self.fleets.remove(name).is_some();
        if known { Ok(done()) } else { Err(not_there(name)) }
    }

    fn tell(&self, line: &str, name: &str, verb: &str, rest: &[&str]) -> Result<Value, ServiceError> {
        let answer = match (self.singles.get(name), self.fleets.get(name)) {
            (Some(single), _) => single.obey(verb, rest)?,
            (None, Some(fleet)) => fleet.obey(verb, rest)?,
            (None, None) => return Err(not_there(name)),
        };
        answer.ok_or_else(|| not_understood(line))
    }
}

fn done() -> Value {
    json!({ "ok": true })
}

fn not_there(name: &str) -> ServiceError {
    ServiceError::Unexpected(format!("there is no {name}: start it first"))
}

fn not_understood(line: &str) -> ServiceError {
    ServiceError::Unexpected(format!("not understood: {line}"))
}
