//! The other examples, as far as they can be tried without installing anything.

use crate::balancer::{example, path};
use crate::node::Node;
use std::process::Command;
use tideboard_services::Redis;

#[test]
fn redis_starts_with_the_example() {
    let example = example("redis.conf");
    let lines = example.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '));
    let lines = lines.filter(|(key, _)| *key != "port");
    let redis = lines.fold(Redis::builder(), |redis, (key, value)| redis.setting(key, value)).start().unwrap();
    let setting = |name: &str| redis.command(&["CONFIG", "GET", name]).unwrap();
    assert!(setting("maxmemory-policy").ends_with("noeviction"), "{}", setting("maxmemory-policy"));
    assert!(setting("appendonly").ends_with("yes"));
}

#[test]
fn the_check_of_a_containers_health_sees_a_node_and_misses_one_that_is_gone() {
    let mut node = Node::start("node1");
    let healthy = |node: &Node, target: &str| {
        let mut check = Command::new(path("healthcheck.sh"));
        check.arg(target).env("TIDEBOARD_LISTEN", node.address().replace("127.0.0.1", "0.0.0.0"));
        check.output().unwrap().status.success()
    };
    assert!(healthy(&node, "/healthz"));
    assert!(healthy(&node, "/readyz"));
    node.set_ready(false);
    assert!(!healthy(&node, "/readyz"));
    node.be_gone();
    assert!(!healthy(&node, "/healthz"));
}

#[test]
fn secrets_are_made_once_fit_each_other_and_are_nobody_elses() {
    let folder = tempfolder();
    for name in ["secrets.sh", "users.acl"] {
        std::fs::copy(path(name), folder.join(name)).unwrap();
    }
    let make = || Command::new(folder.join("secrets.sh")).output().unwrap().status.success();
    assert!(make() && !make(), "never overwritten");
    let read = |name: &str| std::fs::read_to_string(folder.join("secrets").join(name)).unwrap();
    let (settings, users, postgres) = (read("tideboard.toml"), read("redis.acl"), read("postgres_password"));
    let redis = settings.split("redis://tideboard:").nth(1).and_then(|rest| rest.split('@').next()).unwrap();
    assert!(redis.len() == 48 && users.contains(&format!(">{redis} ")), "{settings}\n{users}");
    assert!(settings.contains(&format!(":{postgres}@postgres:5432")));
    let listed = Command::new("stat").args(["-c", "%a"]).arg(folder.join("secrets")).output().unwrap().stdout;
    assert_eq!(String::from_utf8(listed).unwrap().trim(), "700");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_unit_is_one_that_systemd_takes() {
    let check = Command::new("systemd-analyze").arg("verify").arg(path("tideboard.service")).output();
    // Where there is no systemd there is nobody to ask.
    let Ok(check) = check else { return };
    let said = String::from_utf8(check.stderr).unwrap();
    let complaints: Vec<_> =
        said.lines().filter(|line| line.contains("tideboard.service") && !line.contains("is not executable")).collect();
    assert_eq!(complaints, Vec::<&str>::new());
    assert!(example("tideboard.service").contains("ExecStart=/usr/local/bin/tideboard\n"));
}

fn tempfolder() -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("tideboard-secrets-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    folder
}
