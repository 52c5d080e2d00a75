//! What once broke a server or a library of this protocol, by the advisories on them: here it costs its sender its connection
//! at most.

use serde_json::json;

use super::probe::{Probe, counted, post, table};
use crate::harness::{Request, Running};

/// Packets as they stand on the wire behind the transport's own letter.
fn packets() -> Vec<String> {
    let nested = "[".repeat(30_000);
    [
        // CVE-2026-33151: attachments without bound.
        r#"5999999999-["subscribe",{}]"#,
        r#"5-1-["subscribe"]"#,
        // CVE-2022-2421, CVE-2023-32695: placeholders out of range, or none.
        r#"51-["subscribe",{"_placeholder":true,"num":10}]"#,
        r#"51-["subscribe",{"_placeholder":true,"num":"splice"}]"#,
        r#"2["subscribe",{"_placeholder":true,"num":0}]"#,
        // The event's name is no text, or a reserved one.
        r#"2[{"toString":"x"}]"#,
        r#"2[null]"#,
        r#"2["connect"]"#,
        r#"2["connect_error",{}]"#,
        r#"2["disconnect"]"#,
        r#"2["disconnecting"]"#,
        r#"2["__proto__",{"polluted":1}]"#,
        r#"2["constructor",{"prototype":{}}]"#,
        r#"2["subscribe",{"__proto__":{"views":[]}}]"#,
        // Numbers of acknowledgements that no integer holds.
        r#"21e30["clock",{}]"#,
        r#"299999999999999999999999["clock",{}]"#,
        r#"2-1["clock",{}]"#,
        // Namespaces that there are not, and one that is nearly as long as a message may be.
        r#"2/admin,["subscribe",{}]"#,
        r#"0/admin,{"token":"x"}"#,
        &format!("2/{},[\"subscribe\"]", "n".repeat(60_000)),
        // A second CONNECT, a refusal and an acknowledgement that a client never sends.
        r#"0{"token":"x","protocol":5}"#,
        r#"4{"message":"x"}"#,
        r#"31[{"x":1}]"#,
        // Nested deeper than any stack.
        &format!("2[\"subscribe\",{nested}"),
    ]
    .map(str::to_owned)
    .into()
}

#[test]
fn packets_that_broke_other_servers_cost_their_sender_at_most_its_connection() {
    let server = Running::start();
    let session = server.sign_in();
    let mut probe = Probe::start(server.address);
    let mut bystander = probe.connect("bystander", server.address, &session);
    bystander.want("table", &table("s"));
    probe.subscribe(&mut bystander);
    for (number, packet) in packets().into_iter().enumerate() {
        let name: &'static str = format!("sender{number}").leak();
        probe.connect(name, server.address, &session);
        probe.send(&json!({"to": name, "raw": packet}));
        probe.send(&json!({"to": name, "emit": "clock", "with": [{}], "ack": true}));
        probe.wait(name, &format!("the end, or the clock, after {packet:.40}"), |line| {
            (line.get("disconnect").is_some() || line["ack"] == "clock").then_some(())
        });
    }
    post(&server, &json!([{"stream": "s", "tags": {"of": "1"}, "fields": {"one": 1}}]));
    probe.until(&mut bystander, "the event", |mirror| mirror.views["table"].told && counted(mirror, "table") == 1);
}

/// Opens a connection over long-polling, and returns its id.
fn polling(server: &Running) -> String {
    let opened = server.send(&Request::new("GET", "/socket.io/?EIO=4&transport=polling")).body;
    let opened: serde_json::Value = serde_json::from_str(opened.strip_prefix('0').unwrap()).unwrap();
    opened["sid"].as_str().unwrap().to_owned()
}

#[test]
fn requests_that_broke_other_servers_are_refused_and_others_go_on() {
    let server = Running::start();
    let upgrade = |path: &str| {
        Request::new("GET", path)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "AQIDBAUGBwgJCgsMDQ4PEA==")
    };
    let sid = polling(&server);
    let own = format!("/socket.io/?EIO=4&transport=polling&sid={sid}");
    let mut crowded = Request::new("GET", "/socket.io/?EIO=4&transport=polling");
    for number in 0..2_000 {
        crowded = crowded.header(&format!("x-{number}"), "1");
    }
    for (what, request) in [
        ("no version", Request::new("GET", "/socket.io/")),
        ("an old version", Request::new("GET", "/socket.io/?EIO=3&transport=polling")),
        ("a transport that there is not", Request::new("GET", "/socket.io/?EIO=4&transport=webtransport")),
        (
            "an id that there is not",
            Request::new("POST", "/socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAA").body("40"),
        ),
        ("an id that is none", Request::new("GET", "/socket.io/?EIO=4&transport=polling&sid=../../etc/passwd")),
        ("a WebSocket that is none", Request::new("GET", "/socket.io/?EIO=4&transport=websocket")),
        ("an upgrade of what there is not", upgrade("/socket.io/?EIO=4&transport=websocket&sid=AAAAAAAAAAAA")),
        ("a method that there is not", Request::new("PUT", "/socket.io/?EIO=4&transport=polling").body("x")),
        // CVE-2024-37890.
        ("thousands of headers", crowded),
        // CVE-2026-59725, CVE-2020-36048: bodies that are no packets.
        ("bytes that are no text", Request::new("POST", &own).body([0xff, 0xfe, 0x00, 0x1e])),
    ] {
        let status = server.send(&request).status;
        assert!((400..500).contains(&status), "{what}: {status}");
    }
    let after = polling(&server);
    assert_ne!(after, sid, "others connect as before");
}
