//! The laws of every log, on the two that live here.

use std::sync::Arc;

use tideboard_log::{BoxFuture, Log, MemoryLog, Options, SqliteLog};
use tideboard_log_laws::{Kind, Place};

use crate::fixture::Folder;

struct Memory;

impl Kind for Memory {
    fn begin(&self, options: Options) -> BoxFuture<'_, (Arc<dyn Log>, Place)> {
        Box::pin(async move { (Arc::new(MemoryLog::new(options)) as Arc<dyn Log>, Box::new(()) as Place) })
    }
}

struct Sqlite;

impl Kind for Sqlite {
    fn begin(&self, options: Options) -> BoxFuture<'_, (Arc<dyn Log>, Place)> {
        Box::pin(async move {
            let folder = Folder::new();
            let log = SqliteLog::open(folder.path(), options).unwrap();
            (Arc::new(log) as Arc<dyn Log>, Box::new(folder) as Place)
        })
    }
}

tideboard_log_laws::laws!(memory, Memory);
tideboard_log_laws::laws!(sqlite, Sqlite);
