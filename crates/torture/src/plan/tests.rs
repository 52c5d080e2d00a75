use super::*;

const BASE: i64 = 1_790_000_000_000;

fn plan(seed: u64, minutes: u64, nodes: usize) -> Plan {
    Plan::new(seed, Duration::from_secs(60 * minutes), BASE, nodes)
}

#[test]
fn a_seed_has_one_plan_and_a_longer_one_begins_like_a_shorter_one() {
    for nodes in [1, 3] {
        assert_eq!(plan(1, 1, nodes), plan(1, 1, nodes));
        for seed in 1..50 {
            let phases = |seed| plan(seed, 1, nodes).stages.remove(0).phases;
            assert_ne!(phases(seed)[0], phases(seed + 1)[1]);
            assert_ne!(phases(seed)[1], phases(seed + 1)[0]);
        }
    }
    let (short, long) = (plan(1, 1, 1), plan(1, 10, 1));
    let (short, long) = (&short.stages[0].phases, &long.stages[0].phases);
    assert!(long.len() > 5 * short.len());
    assert_eq!(long[..short.len()], short[..]);
    let (short, long) = (plan(1, 1, 3), plan(1, 10, 3));
    assert!(long.stages.len() > short.stages.len());
    assert_eq!(long.stages[..short.stages.len()], short.stages[..]);
}

#[test]
fn ten_minutes_of_any_seed_hold_every_kind_of_fault() {
    let of_viewers = [
        "Kill",
        "Restart",
        "Freeze",
        "Cut",
        "Stall",
        "Refuse",
        "StopReading",
        "Withhold",
        "SecondSocket",
        "Away",
        "Rewind",
        "Want",
        "Drop",
    ];
    let of_nodes =
        ["RedisRestart", "RedisPause", "LoseWakes", "FailOver", "LoseTail", "Postgres", "Block", "memory", "aof"];
    for seed in 0..20 {
        let (one, many) = (plan(seed, 10, 1).to_string(), plan(seed, 10, 3).to_string());
        for kind in of_viewers {
            assert!(one.contains(kind), "{kind} is missing in the plan of seed {seed}");
        }
        assert!(one.contains("Wipe"));
        for kind in of_nodes {
            assert!(many.contains(kind), "{kind} is missing in the plan of seed {seed} on nodes");
        }
    }
}

#[test]
fn every_query_is_one_that_the_server_takes() {
    let limits = tideboard_model::Limits::default();
    for (id, query) in plan(3, 1, 1).viewers.iter().flat_map(|viewer| &viewer.queries) {
        tideboard_model::Query::new(query, &limits).unwrap_or_else(|error| panic!("{id} {query:?}: {error}"));
    }
}
