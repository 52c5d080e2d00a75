//! A second server that follows the first, and takes its place.

use super::Postgres;
use super::template::as_accepted_user;
use crate::error::ServiceError;
use crate::program::{find_postgres, run};
use crate::wait::wait_until;
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

impl Postgres {
    /// Starts another like it that follows this one, with all its databases, and answers reads.
    ///
    /// # Errors
    /// When this one does not run, or the other does not come up.
    pub fn standby(&self) -> Result<Self, ServiceError> {
        let standby = Self::start_with(&self.builder, |folder, data| {
            let mut line = as_accepted_user(folder)?;
            line.push(find_postgres("pg_basebackup")?.into_os_string());
            super::hand_over(folder, folder.path())?;
            let [program, arguments @ ..] = line.as_slice() else { return Ok(()) };
            let mut copy = Command::new(program);
            copy.args(arguments).args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--dbname"]);
            copy.arg(self.url()).arg("--pgdata").arg(data).current_dir(folder.path());
            run("pg_basebackup", LIMIT, &mut copy, &folder.join("output"))?;
            Ok(())
        })?;
        let follows = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
        wait_until("the standby to follow", LIMIT, || Ok(self.sql(&self.url(), follows)? != "0"))?;
        Ok(standby)
    }

    /// From now on a change is answered once a standby has it too.
    ///
    /// # Errors
    /// When it does not run.
    pub fn wait_for_standby(&self) -> Result<(), ServiceError> {
        self.sql(&self.url(), "ALTER SYSTEM SET synchronous_standby_names = '*'")?;
        self.sql(&self.url(), "SELECT pg_reload_conf()")?;
        let is_waited_for = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        wait_until("changes to wait for the standby", LIMIT, || Ok(self.sql(&self.url(), is_waited_for)? != "0"))?;
        Ok(())
    }

    /// Waits until a standby has all that was done here so far.
    ///
    /// # Errors
    /// When it does not run, or the standby does not get there in time.
    pub fn await_standby(&self) -> Result<(), ServiceError> {
        let written = self.sql(&self.url(), "SELECT pg_current_wal_flush_lsn()")?;
        let behind = format!("SELECT count(*) FROM pg_stat_replication WHERE replay_lsn >= '{written}'");
        wait_until("the standby to have all", LIMIT, || Ok(self.sql(&self.url(), &behind)? != "0"))?;
        Ok(())
    }

    /// Stands still with what it has got from the server that it follows, and takes no more until it is promoted.
    ///
    /// # Errors
    /// When it does not run.
    pub fn fall_behind(&self) -> Result<(), ServiceError> {
        self.sql(&self.url(), "ALTER SYSTEM SET primary_conninfo = ''")?;
        self.sql(&self.url(), "SELECT pg_reload_conf()")?;
        let receives = "SELECT count(*) FROM pg_stat_wal_receiver";
        wait_until("the standby to be apart", LIMIT, || Ok(self.sql(&self.url(), receives)? == "0"))?;
        Ok(())
    }

    /// Makes a standby the server that is written to.
    ///
    /// # Errors
    /// When it does not run, follows nobody, or does not get there in time.
    pub fn promote(&self) -> Result<(), ServiceError> {
        self.sql(&self.url(), "SELECT pg_promote()")?;
        wait_until("the standby to be promoted", LIMIT, || {
            Ok(self.sql(&self.url(), "SELECT pg_is_in_recovery()")? == "f")
        })?;
        Ok(())
    }

    /// Where clients find a database (a URL of `database`) on whichever of the two is written to.
    #[must_use]
    pub fn url_with(&self, other: &Self, database: &str) -> String {
        let both = format!("127.0.0.1:{},127.0.0.1:{}", self.port(), other.port());
        let url = database.replace(&format!("127.0.0.1:{}", self.port()), &both);
        format!("{url}{}target_session_attrs=read-write", if url.contains('?') { '&' } else { '?' })
    }
}
