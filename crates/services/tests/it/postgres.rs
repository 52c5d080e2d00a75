//! PostgreSQL.

use crate::eventually;
use std::time::Instant;
use tideboard_services::Postgres;

#[test]
fn databases_of_one_postgres_are_apart() {
    let postgres = Postgres::shared().unwrap();
    let (one, other) = (postgres.database().unwrap(), postgres.database().unwrap());
    postgres.sql(&one, "CREATE TABLE t AS SELECT 7 AS x").unwrap();
    assert_eq!(postgres.sql(&one, "SELECT x FROM t").unwrap(), "7");
    assert!(postgres.sql(&other, "SELECT x FROM t").unwrap_err().to_string().contains("does not exist"));
}

#[test]
fn postgres_keeps_its_data_through_sigkill_stop_and_restart() {
    let started = Instant::now();
    let postgres = Postgres::builder().fsync().start().unwrap();
    println!("PostgreSQL took {:?}", started.elapsed());
    let database = postgres.database().unwrap();
    postgres.sql(&database, "CREATE TABLE t AS SELECT 7 AS x").unwrap();
    postgres.kill().unwrap();
    postgres.sql(&database, "SELECT x FROM t").unwrap_err();
    postgres.restart().unwrap();
    assert_eq!(postgres.sql(&database, "SELECT x FROM t").unwrap(), "7");
    postgres.stop().unwrap();
    assert_eq!(postgres.pid(), None);
    postgres.restart().unwrap();
    assert_eq!(postgres.sql(&database, "SELECT x FROM t").unwrap(), "7");
    assert_eq!(postgres.sql(&database, "SHOW fsync").unwrap(), "on");
}

#[test]
fn a_paused_postgres_answers_when_resumed() {
    let postgres = Postgres::start().unwrap();
    postgres.pause().unwrap();
    std::thread::scope(|scope| {
        let answer = scope.spawn(|| postgres.sql(&postgres.url(), "SELECT 7"));
        let state = || std::fs::read_to_string(format!("/proc/{}/stat", postgres.pid().unwrap())).unwrap();
        eventually("it to stand still", || state().contains(") T "));
        assert!(!answer.is_finished());
        postgres.resume().unwrap();
        assert_eq!(answer.join().unwrap().unwrap(), "7");
    });
}
