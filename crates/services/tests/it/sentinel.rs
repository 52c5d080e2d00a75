//! Redis Sentinel.

use std::time::Instant;
use tideboard_services::Sentinel;

#[test]
fn sentinels_fail_over_and_can_lose_what_was_answered() {
    let started = Instant::now();
    let sentinel = Sentinel::start().unwrap();
    println!("sentinels took {:?}", started.elapsed());

    let first = sentinel.primary().unwrap();
    first.command(&["SET", "key", "before"]).unwrap();
    first.command(&["WAIT", "1", "0"]).unwrap();
    println!("their failover took {:?}", sentinel.fail_over().unwrap());
    let second = sentinel.primary().unwrap();
    assert_ne!(first.port(), second.port());
    assert_eq!(second.command(&["GET", "key"]).unwrap(), "before");

    sentinel.rejoin().unwrap();
    assert_eq!(sentinel.replica().unwrap().port(), first.port());
    let lost = sentinel.lose_the_tail(|primary| primary.command(&["SET", "key", "lost"]).unwrap()).unwrap();
    println!("losing the tail took {:?}", lost.failover);
    assert_eq!(lost.written, "OK");
    assert_eq!(sentinel.primary().unwrap().port(), first.port());
    assert_eq!(first.command(&["GET", "key"]).unwrap(), "before");
}
