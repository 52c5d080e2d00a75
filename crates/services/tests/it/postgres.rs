//! PostgreSQL.

use tideboard_services::Postgres;

#[test]
fn databases_of_one_postgres_are_apart() {
    let postgres = Postgres::shared().unwrap();
    let (one, other) = (postgres.database().unwrap(), postgres.database().unwrap());
    postgres.sql(&one, "CREATE TABLE t AS SELECT 7 AS x").unwrap();
    assert_eq!(postgres.sql(&one, "SELECT x FROM t").unwrap(), "7");
    postgres.sql(&other, "SELECT x FROM t").unwrap_err();
}

#[test]
fn postgres_keeps_its_data_through_sigkill_and_restart() {
    let postgres = Postgres::builder().fsync().start().unwrap();
    let database = postgres.database().unwrap();
    postgres.sql(&database, "CREATE TABLE t AS SELECT 7 AS x").unwrap();
    postgres.kill().unwrap();
    postgres.restart().unwrap();
    assert_eq!(postgres.sql(&database, "SELECT x FROM t").unwrap(), "7");
}
