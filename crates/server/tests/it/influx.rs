use crate::harness::{Request, Running};

fn write(server: &Running, query: &str, body: &str) -> crate::harness::Answer {
    let request = Request::new("POST", &format!("/api/v2/write{query}"));
    server.send(&request.header("authorization", &format!("Token {}", server.key)).body(body))
}

#[test]
fn lines_are_written() {
    let server = Running::start();
    let answer = write(&server, "?org=o&bucket=b&precision=ms", "cpu,core=0 busy=1.5 1790000000000\n# a comment\n");
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(write(&server, "?bucket=b", "").status, 204);
}

#[test]
fn a_partial_write_is_never_plain_success() {
    let server = Running::start();
    let answer = write(&server, "?bucket=b", "cpu busy=1\nnonsense\ncpu busy=\"text\"\n");
    assert_eq!(answer.status, 400, "{answer:?}");
    let body = answer.json();
    assert_eq!(body["code"], "invalid");
    let message = body["message"].as_str().unwrap();
    for part in ["partial write: 1 lines are kept", "dropped=2", "line 2: ", "line 3: "] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(body["line"], 2);
}

#[test]
fn errors_have_the_shape_that_its_clients_read() {
    let server = Running::start();
    let answer = write(&server, "?precision=fortnight", "cpu busy=1");
    assert_eq!((answer.status, &answer.json()["code"]), (400, &"invalid".into()));
    let request = Request::new("POST", "/api/v2/write").bearer(&server.key).header("content-encoding", "zstd");
    let answer = server.send(&request.body("cpu busy=1"));
    assert_eq!((answer.status, &answer.json()["code"]), (415, &"unsupported media type".into()));
}

#[test]
fn a_batch_of_lines_that_is_sent_again_under_its_name_counts_once() {
    let server = Running::start();
    let send = |name: &str| {
        let request = Request::new("POST", "/api/v2/write").bearer(&server.key).header("idempotency-key", name);
        server.send(&request.body("cpu busy=1\ncpu busy=2\n")).status
    };
    assert_eq!([send("one"), send("one"), send("two")], [204; 3]);
    let list = server.send(&Request::new("GET", "/api/v1/streams").bearer(&server.sign_in())).json();
    assert_eq!(list["streams"][0]["events"], 4, "{list}");
}
