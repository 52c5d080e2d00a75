//! PostgreSQL with a standby.

use tideboard_services::Postgres;

#[test]
fn a_standby_has_what_it_was_waited_for_and_takes_the_place_of_its_primary() {
    let primary = Postgres::builder().fsync().start().unwrap();
    let database = primary.database().unwrap();
    let standby = primary.standby().unwrap();
    primary.wait_for_standby().unwrap();
    primary.sql(&database, "CREATE TABLE t AS SELECT 7 AS x").unwrap();
    primary.kill().unwrap();
    let both = primary.url_with(&standby, &database);
    standby.sql(&both, "SELECT 1").unwrap_err();
    standby.promote().unwrap();
    assert_eq!(standby.sql(&both, "UPDATE t SET x = x + 1 RETURNING x").unwrap(), "8");
}

#[test]
fn a_standby_that_fell_behind_lacks_what_came_after() {
    let primary = Postgres::builder().fsync().start().unwrap();
    let database = primary.database().unwrap();
    primary.sql(&database, "CREATE TABLE t AS SELECT 7 AS x").unwrap();
    let standby = primary.standby().unwrap();
    standby.fall_behind().unwrap();
    primary.sql(&database, "INSERT INTO t VALUES (8)").unwrap();
    primary.kill().unwrap();
    standby.promote().unwrap();
    assert_eq!(standby.sql(&primary.url_with(&standby, &database), "SELECT x FROM t").unwrap(), "7");
}
