use tideboard_model::ProblemCode;

use super::*;

const NOW: Nanos = Nanos(1_700_000_000_000_000_000);

fn decoded(body: &str) -> Decoded {
    decode(body.as_bytes(), Precision::Ns, NOW, &Limits::default()).expect(body)
}

/// The one event of a body, as text that shows types.
fn check(body: &str, expected: &str) {
    let decoded = decoded(body);
    assert_eq!((decoded.events.len(), decoded.rejected_total), (1, 0), "{body}: {:?}", decoded.rejected);
    let event = &decoded.events[0].event;
    let time = if event.time == NOW { "now".into() } else { event.time.0.to_string() };
    assert_eq!(format!("{:?} {:?} {:?} {time}", event.stream, event.tags, event.fields), expected, "{body}");
}

fn refused(line: &str, reason: &str) {
    let decoded = decoded(line);
    assert_eq!((decoded.events.len(), decoded.rejected_total), (0, 1), "{line}");
    let rejected = &decoded.rejected[0];
    assert!(rejected.reason.contains(reason), "{line}: {}", rejected.reason);
    assert_eq!((rejected.place, rejected.pointer.as_str()), (1, ""));
}

#[test]
fn a_line_holds_what_was_sent() {
    check(
        r#"weather,place=sea\ side,b=2 temp=21.5,ok=t,n=3i,u=4u,note="so \"so\" \\ \n" 1600000000000000000"#,
        r#""weather" {"b": "2", "place": "sea side"} {"n": Int(3), "note": Text("so \"so\" \\ \\n"), "ok": Bool(true), "temp": Float(21.5), "u": Int(4)} 1600000000000000000"#,
    );
    check("m f=1", r#""m" {} {"f": Float(1.0)} now"#);
    check("  m   f=1   5  \r\n", r#""m" {} {"f": Float(1.0)} 5"#);
    check("m f=1 ", r#""m" {} {"f": Float(1.0)} now"#);
    check("\u{feff}größe f=\"💧\"", r#""größe" {} {"f": Text("💧")} now"#);
    check("m f=\"\"", r#""m" {} {"f": Text("")} now"#);
    check("m,t=a=b f=1", r#""m" {"t": "a=b"} {"f": Float(1.0)} now"#);
    check("m,t=\"x f=1", r#""m" {"t": "\"x"} {"f": Float(1.0)} now"#);
}

#[test]
fn escapes_are_undone_and_other_backslashes_stay() {
    check(r"a\ b\,c\=d,k\ 1\==v\,\ 1 f\ \,\==1", r#""a b,c=d" {"k 1=": "v, 1"} {"f ,=": Float(1.0)} now"#);
    check(r"m,p=C:\Program\ Files\x f=1", r#""m" {"p": "C:\\Program Files\\x"} {"f": Float(1.0)} now"#);
    check(r"m,p=\\server\share f=1", r#""m" {"p": "\\\\server\\share"} {"f": Float(1.0)} now"#);
    check(r#"m f="a\b\\c\"d\ e""#, r#""m" {} {"f": Text("a\\b\\c\"d\\ e")} now"#);
    check("m f=\"a, b=c d\"", r#""m" {} {"f": Text("a, b=c d")} now"#);
}

#[test]
fn quoted_text_may_hold_line_breaks() {
    let decoded = decoded("a f=\"one\ntwo\"\nb f=bad,g=\"x\ny\"\nc f=1");
    let kept: Vec<_> = decoded.events.iter().map(|sent| (sent.place, sent.event.stream.as_str())).collect();
    assert_eq!(kept, [(1, "a"), (5, "c")]);
    assert_eq!(decoded.rejected[0].place, 3);
    let reason = &decoded.rejected[0].reason;
    assert!(reason.starts_with("field `f` has the value `bad`"), "{reason}");
    assert!(reason.ends_with("(quoted text carries the line on to line 4)"), "{reason}");
}

#[test]
fn text_inside_a_refused_line_never_becomes_a_line() {
    let decoded = decoded("m f=\"x\nevil f=1\nx\" notatime\nm f=1");
    assert_eq!(decoded.events.len(), 1);
    assert_eq!((decoded.events[0].place, decoded.rejected_total), (4, 1));
}

#[test]
fn good_lines_are_kept_beside_bad_ones_and_the_rest_is_passed_over() {
    let decoded = decoded("# comment, with=\" quote\n\nm f=1\nbad\n \t\n  # more\nm f=\"open\nm f=2\r\n");
    assert_eq!(decoded.events.iter().map(|sent| sent.place).collect::<Vec<_>>(), [3, 8]);
    assert_eq!(decoded.rejected.iter().map(|r| r.place).collect::<Vec<_>>(), [4, 7]);
    assert_eq!(decoded.rejected[0].excerpt.as_deref(), Some("bad"));
    assert_eq!(self::decoded("\n# only\n\n"), Decoded::default());
    assert_eq!(self::decoded(""), Decoded::default());
}

#[test]
fn each_refusal_names_place_and_fix() {
    refused("m", "there are no fields");
    refused("m ", "there are no fields");
    refused(",t=1 f=1", "the measurement is missing");
    refused("m, f=1", "a tag is missing: write");
    refused("m,t f=1", "tag `t` has no value: write `name=value`");
    refused("m,t= f=1", "tag `t` has no value after `=`");
    refused("m,=v f=1", "a tag name must not be empty");
    refused("m,t=1,t=1 f=1", "tag `t` is given twice");
    refused("m temp=", "field `temp` has no value after `=`");
    refused("m temp", "field `temp` has no value: write");
    refused("m f=1,", "a field is missing: write");
    refused("m f=1, g=2", "a field is missing: write");
    refused("m =1", "a field name must not be empty");
    refused("m f=1,f=2", "field `f` is given twice");
    refused("m f=NaN", "field `f` has the value `NaN`, but a number must be finite");
    refused("m f=9223372036854775808u", "unsigned integers are kept up to");
    refused("m f=hello world", "field `f` has the value `hello`, which is neither");
    refused("m f=\"a", "field `f` has text without end");
    refused("m f=\"a\\\"", "field `f` has text without end");
    refused("m f=\"a\"b\"", "field `f` goes on after its closing quote");
    refused("m f=1 now", "the time `now` is no whole number of nanoseconds");
    refused("m f=1 1 2", "the time `1 2` is no whole number");
    refused("m f=1 1.5", "the time `1.5` is no whole number");
    refused("m f=1 +5", "the time `+5` is no whole number");
    refused("m f=1 99999999999999999999", "no whole number");
    refused("m f=1 -1", "before 1970");
    refused("m f=1 1800000000000000000", "hours ahead of the server's clock");
    refused("m\u{1} f=1", "control character U+0001");
    refused(&format!("{} f=1", "m".repeat(257)), "at most 256 bytes, this one has 257");
}

#[test]
fn times_follow_the_precision() {
    for (precision, time, expected) in [
        ("", "1600000000000000001", 1_600_000_000_000_000_001),
        ("us", "1600000000000001", 1_600_000_000_000_001_000),
        ("µ", "1600000000000001", 1_600_000_000_000_001_000),
        ("ms", "1600000000001", 1_600_000_000_001_000_000),
        ("s", "1600000001", 1_600_000_001_000_000_000),
        ("m", "2", 120_000_000_000),
        ("h", "2", 7_200_000_000_000),
    ] {
        let precision = Precision::parse(precision).unwrap();
        let decoded = decode(format!("m f=1 {time}").as_bytes(), precision, NOW, &Limits::default()).unwrap();
        assert_eq!(decoded.events[0].event.time, Nanos(expected), "{precision:?}");
    }
    assert_eq!(Precision::parse("d"), None);
    let decoded = decode(b"m f=1 1600000000000000000", Precision::S, NOW, &Limits::default()).unwrap();
    assert!(decoded.rejected[0].reason.contains("too large for seconds: check the precision"));
}

#[test]
fn lines_that_are_no_utf_8_are_refused_alone() {
    let decoded = decode(b"a f=1\nb\xff f=1\nc f=1", Precision::Ns, NOW, &Limits::default()).unwrap();
    assert_eq!(decoded.events.len(), 2);
    assert_eq!(decoded.rejected[0].reason, "byte 2 is not valid UTF-8: send UTF-8");
    assert_eq!(decoded.rejected[0].excerpt.as_deref(), Some("b\u{fffd} f=1"));
}

#[test]
fn names_met_again_share_their_text() {
    let decoded = decoded("m,host=a f=1\nm,host=a f=2");
    let [first, second] = decoded.events.as_slice() else { panic!("two events") };
    assert!(std::ptr::eq(first.event.stream.as_str(), second.event.stream.as_str()));
    assert!(first.event.tags.shared().is_some());
    assert_eq!(first.event.tags.shared(), second.event.tags.shared());
}

#[test]
fn a_line_says_the_same_whatever_series_came_before_it() {
    // Starts and ends that stop in each other's way: commas, spaces and backslashes where they end a series or not.
    let starts = [
        "m",
        r"m\",
        "m,",
        "m,a=b",
        "m,a=b,",
        r"m,a=b\",
        "m,a",
        "m,a=",
        "m,a=b,a=c",
        r"m\ ,a=b",
        ",a=b",
        r"m\,a=b",
        "é,ü=ö",
        r"m\\",
    ];
    let ends = [
        "",
        " ",
        " f=1",
        "  f=1",
        " f=1 5",
        " f=",
        " f=1,f=2",
        " f=\"x y\" 7",
        ",c=d f=1",
        r"\ f=1",
        r" f\ g=1",
        " g=x",
        "=1 f=1",
    ];
    let lines: Vec<_> = starts.iter().flat_map(|start| ends.iter().map(move |end| format!("{start}{end}"))).collect();
    let lines: Vec<_> = lines.iter().chain(lines.iter().rev()).collect();
    let all: Vec<_> = lines.iter().map(|line| line.as_str()).collect();
    let limits = Limits { max_named_rejections: usize::MAX, ..Limits::default() };
    let decode =
        |body: &str| decode(body.as_bytes(), Precision::Ns, NOW, &limits).expect("a body that is not too large");
    let together = decode(&all.join("\n"));
    let (mut events, mut rejected) = (together.events.iter(), together.rejected.iter());
    for line in all {
        let alone = decode(line);
        assert_eq!(alone.events.len() + alone.rejected.len(), 1, "{line}");
        for sent in &alone.events {
            assert_eq!(events.next().map(|sent| &sent.event), Some(&sent.event), "{line}");
        }
        for refused in &alone.rejected {
            let found = rejected.next().map(|found| (found.reason.as_str(), &found.excerpt));
            assert_eq!(found, Some((refused.reason.as_str(), &refused.excerpt)), "{line}");
        }
    }
    assert_eq!((events.next(), rejected.next()), (None, None));
}

#[test]
fn limits_are_kept() {
    let limits = Limits {
        max_events_per_request: 3,
        max_line_bytes: 30,
        max_tags: 1,
        max_fields: 1,
        max_tag_value_bytes: 4,
        max_text_bytes: 5,
        max_named_rejections: 1,
        ..Limits::default()
    };
    let check = |body: &str, reason: &str| {
        let decoded = decode(body.as_bytes(), Precision::Ns, NOW, &limits).unwrap();
        assert!(decoded.rejected[0].reason.contains(reason), "{:?}", decoded.rejected);
    };
    check("m,a=1,b=2 f=1", "more than 1 tags");
    check("m,a=12345 f=1", "has a value of 5 bytes, at most 4");
    check("m f=1,g=2", "more than 1 fields");
    check("m f=\"123456\"", "6 bytes of text, at most 5");
    check("m f=1111111111111111111111111111", "the line has 32 bytes, at most 30 are allowed");

    let decoded = decode(b"a\nb\nc\n", Precision::Ns, NOW, &limits).unwrap();
    assert_eq!((decoded.rejected.len(), decoded.rejected_total), (1, 3));
    let error = decode(b"a\nb f=1\n\n#\nc\nd", Precision::Ns, NOW, &limits).unwrap_err();
    assert_eq!(error, BodyError::TooManyEvents { limit: 3 });
    assert_eq!(error.code(), ProblemCode::TooLarge);
}

#[test]
fn tags_and_fields_are_bounded_over_the_whole_body() {
    let limits = Limits { max_values_per_request: 4, ..Limits::default() };
    assert_eq!(decode(b"a,t=1 f=1\nb f=1,g=1", Precision::Ns, NOW, &limits).unwrap().events.len(), 2);
    let limits = Limits { max_values_per_request: 3, ..limits };
    let error = decode(b"a,t=1 f=1\nb f=1,g=1", Precision::Ns, NOW, &limits).unwrap_err();
    assert_eq!(error, BodyError::TooManyValues { limit: 3 });
    assert_eq!(error.code(), ProblemCode::TooLarge);
}
