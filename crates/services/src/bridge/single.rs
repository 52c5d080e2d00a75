//! Servers that are one process to whoever uses them.

use super::done;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tideboard_services::{HaProxy, Nginx, Postgres, Redis, ServiceError};

/// One server.
#[derive(Debug)]
pub(super) enum Single {
    Redis(Redis),
    Postgres(Postgres),
    HaProxy(HaProxy, PathBuf),
    Nginx(Nginx, PathBuf),
}

/// Calls the same method of whichever server it is.
macro_rules! of_each {
    ($single:expr, $server:ident => $call:expr) => {
        match $single {
            Single::Redis($server) => $call,
            Single::Postgres($server) => $call,
            Single::HaProxy($server, _) => $call,
            Single::Nginx($server, _) => $call,
        }
    };
}

impl Single {
    pub(super) fn start(name: &str, rest: &[&str]) -> Result<Self, ServiceError> {
        match (name, rest) {
            ("redis", []) => Ok(Self::Redis(Redis::start()?)),
            ("postgres", []) => Ok(Self::Postgres(Postgres::start()?)),
            ("haproxy", [file, port]) => Ok(Self::HaProxy(HaProxy::start(&read(file)?, number(port)?)?, file.into())),
            ("nginx", [file, port]) => Ok(Self::Nginx(Nginx::start(&read(file)?, number(port)?)?, file.into())),
            _ => Err(ServiceError::Unexpected(format!("cannot start `{name} {}`", rest.join(" ")))),
        }
    }

    pub(super) fn description(&self) -> Value {
        of_each!(self, server => json!({ "ok": true, "url": server.url(), "port": server.port(), "pid": server.pid() }))
    }

    pub(super) fn obey(&self, verb: &str, rest: &[&str]) -> Result<Option<Value>, ServiceError> {
        match (verb, self) {
            ("stop", _) => of_each!(self, server => server.stop()?),
            ("kill", _) => of_each!(self, server => server.kill()?),
            ("pause", _) => of_each!(self, server => server.pause()?),
            ("resume", _) => of_each!(self, server => server.resume()?),
            ("restart", _) => of_each!(self, server => server.restart()?),
            ("wipe", Self::Redis(redis)) => redis.wipe_and_restart()?,
            ("reload", Self::HaProxy(proxy, file)) => proxy.reload(&read(file)?)?,
            ("reload", Self::Nginx(proxy, file)) => proxy.reload(&read(file)?)?,
            ("command", Self::Redis(redis)) => return Ok(Some(json!({ "ok": true, "answer": redis.command(rest)? }))),
            ("database", Self::Postgres(postgres)) => {
                return Ok(Some(json!({ "ok": true, "url": postgres.database()? })));
            }
            _ => return Ok(None),
        }
        Ok(Some(done()))
    }
}

fn read(file: impl AsRef<Path>) -> Result<String, ServiceError> {
    let file = file.as_ref();
    std::fs::read_to_string(file)
        .map_err(|source| ServiceError::Io { what: format!("reading {}", file.display()), source })
}

fn number(port: &str) -> Result<u16, ServiceError> {
    port.parse().map_err(|error| ServiceError::Unexpected(format!("not a port: {port} ({error})")))
}
