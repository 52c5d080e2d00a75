use proptest::prelude::*;

use super::*;

#[test]
fn rfc_3339_times_are_read_to_the_nanosecond() {
    for (text, expected) in [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1970-01-01t00:00:00.5z", 500_000_000),
        ("1970-01-01 00:00:01Z", 1_000_000_000),
        ("1970-01-01T00:00:00.1234567899Z", 123_456_789),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1969-12-31T22:30:00-01:30", 0),
        ("1970-01-01T00:00:00-00:00", 0),
        ("1969-12-31T23:59:59.999999999Z", -1),
        ("2000-02-29T12:00:00Z", 951_825_600_000_000_000),
        ("2000-03-01T00:00:00Z", 951_868_800_000_000_000),
        ("2026-01-02T03:04:05.678Z", 1_767_323_045_678_000_000),
        ("2023-11-14T22:13:20Z", 1_700_000_000_000_000_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000_000_000),
        ("2017-01-01T00:59:60.5+01:00", 1_483_228_800_500_000_000),
        ("2262-04-11T23:47:16.854775807Z", i64::MAX),
    ] {
        assert_eq!(rfc3339(text), Ok(Nanos(expected)), "{text}");
    }
}

#[test]
fn what_is_no_time_is_refused_with_what_it_lacks() {
    for (text, expected) in [
        ("", "expected a time such as"),
        ("yesterday", "expected a time such as"),
        ("1700000000", "expected a time such as"),
        ("2026-1-02T03:04:05Z", "expected a time such as"),
        ("2026-01-02", "time of day is missing"),
        ("2026-01-02T03:04Z", "expected a time such as"),
        ("2026-01-02T03:04:05", "time zone is missing"),
        ("2026-01-02T03:04:05.Z", "expected a time such as"),
        ("2026-01-02T03:04:05,5Z", "expected a time such as"),
        ("2026-01-02T03:04:05+0200", "expected a time such as"),
        ("2026-01-02T03:04:05+24:00", "expected a time such as"),
        ("2026-01-02T03:04:05Zulu", "expected a time such as"),
        ("2026-01-02T03:04:05Z ", "expected a time such as"),
        ("+026-01-02T03:04:05Z", "expected a time such as"),
        ("2026-02-29T00:00:00Z", "no such day"),
        ("1900-02-29T00:00:00Z", "no such day"),
        ("2026-04-31T00:00:00Z", "no such day"),
        ("2026-00-01T00:00:00Z", "no such day"),
        ("2026-13-01T00:00:00Z", "no such day"),
        ("2026-01-00T00:00:00Z", "no such day"),
        ("2026-01-02T24:00:00Z", "no such time of day"),
        ("2026-01-02T23:60:00Z", "no such time of day"),
        ("2026-01-02T23:59:61Z", "no such time of day"),
        ("2026-01-02T12:00:60Z", "no such time of day"),
        ("2262-04-11T23:47:16.854775808Z", "outside the years"),
        ("9999-12-31T23:59:59Z", "outside the years"),
        ("0000-01-01T00:00:00Z", "outside the years"),
        ("２０２６-01-02T03:04:05Z", "expected a time such as"),
    ] {
        let reason = rfc3339(text).expect_err(text);
        assert!(reason.contains(expected), "{text}: {reason}");
    }
}

#[test]
fn each_day_of_four_centuries_follows_the_day_before() {
    let mut expected = days_since_1970((1969, 12, 31)).unwrap();
    assert_eq!(expected, -1);
    for year in 1970..2370 {
        for month in 1..=12 {
            for day in 1..=31 {
                if let Some(days) = days_since_1970((year, month, day)) {
                    expected += 1;
                    assert_eq!(days, expected, "{year}-{month}-{day}");
                }
            }
        }
    }
    assert_eq!(expected, 400 * 365 + 97 - 1);
}

#[test]
fn milliseconds_keep_their_fraction() {
    for (text, expected) in [
        ("0", Some(0)),
        ("1700000000000", Some(1_700_000_000_000_000_000)),
        ("1700000000000.123456", Some(1_700_000_000_000_123_456)),
        ("1700000000000.1234569", Some(1_700_000_000_000_123_456)),
        ("1700000000000.5", Some(1_700_000_000_000_500_000)),
        ("1.7e12", Some(1_700_000_000_000_000_000)),
        ("-0.5", Some(-500_000)),
        ("-1.5", Some(-1_500_000)),
        ("9223372036854.775807", Some(i64::MAX)),
        ("9223372036854.775808", None),
        ("9223372036855", None),
        ("99999999999999999999", None),
        ("1e30", None),
        ("1e999", None),
    ] {
        assert_eq!(millis(text), expected.map(Nanos), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[0-9TZtz:.+ -]{0,40}|\\PC{0,30}") {
        let _either = rfc3339(&text);
    }
}
