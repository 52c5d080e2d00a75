use crate::harness::{Request, Running};

#[test]
fn any_page_may_send_events_with_a_key_but_never_with_a_cookie() {
    let server = Running::start();
    for path in ["/api/v1/events", "/api/v2/write"] {
        let preflight = server.send(
            &Request::new("OPTIONS", path)
                .header("origin", "https://any.example")
                .header("access-control-request-method", "POST"),
        );
        assert_eq!(preflight.status, 204);
        assert_eq!(preflight.header("access-control-allow-origin"), "*");
        assert_eq!(preflight.header("access-control-allow-credentials"), "");
        let allowed = preflight.header("access-control-allow-headers");
        assert!(allowed.contains("authorization") && !allowed.contains("x-tideboard"), "{allowed}");
    }
    let post = Request::new("POST", "/api/v1/events").header("origin", "https://any.example");
    let answer = server.send(&post.clone().bearer(&server.key).json("[]"));
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, "*"));
    let refused = server.send(&post.json("[]"));
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, "*"));
}

#[test]
fn no_other_answer_can_be_read_across_origins() {
    let server = Running::start();
    let access = server.sign_in();
    for path in ["/", "/api/v1/session", "/api/v1/keys", "/metrics", "/healthz"] {
        let request = Request::new("GET", path).header("origin", "https://any.example").bearer(&access);
        assert_eq!(server.send(&request).header("access-control-allow-origin"), "", "{path}");
        let preflight = Request::new("OPTIONS", path)
            .header("origin", "https://any.example")
            .header("access-control-request-method", "POST");
        assert_eq!(server.send(&preflight).header("access-control-allow-origin"), "", "{path}");
    }
}
