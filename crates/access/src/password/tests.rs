use proptest::prelude::*;

use super::*;

const ABOUT: [&str; 2] = ["ana.smith@example.org", "Ana Maria Smith"];

fn chosen(text: &str) -> Result<(), PasswordError> {
    Password::new(text, &ABOUT).map(drop)
}

fn typed(text: &str) -> Password {
    Password::for_check(text).unwrap()
}

#[test]
fn passwords_that_are_guessed_first_are_refused() {
    let mut accepted = Vec::new();
    for text in [
        "passwordpassword",
        "Password12345",
        "P@ssw0rd1234",
        "123456789012",
        "111111111111",
        "qwertyuiop12",
        "qwertyuiopasdf",
        "abcabcabcabc",
        "abcdefghijklmnop",
        "iloveyou1234",
        "tideboardtideboard",
        "tideboard2024",
        "ana.smith@example.org",
        "ana.smith@example.organa.smith@example.org",
        "anasmithanasmith",
        "AnaMariaSmith",
        "smith-ana-smith",
        "Maria_Smith_Ana_Maria!!!",
        "AnaSmith1987",
        &"a".repeat(256),
    ] {
        if chosen(text) != Err(PasswordError::Guessable) {
            accepted.push(text.to_owned());
        }
    }
    assert_eq!(accepted, Vec::<String>::new());
}

#[test]
fn long_passwords_of_any_characters_are_accepted() {
    for text in [
        "correct horse battery staple",
        "k7#Qv2!xLp9z",
        "wodukelitopa",
        "лошадь батарея скрепка верно",
        "🐎🔋📎✅🌧🧊🪁🎺🧲🦑🫖🪤",
        "  spaces at both ends count  ",
        "nul\0 and \u{7f} controls, too",
        &"correct horse battery staple ".repeat(9)[..256],
    ] {
        assert_eq!(chosen(text), Ok(()), "{text}");
    }
}

#[test]
fn what_is_known_of_someone_makes_a_password_weaker_for_them_alone() {
    assert_eq!(Password::new("zwyxqubelthor", &["Zwyxqubelthor"]).err(), Some(PasswordError::Guessable));
    assert!(Password::new("zwyxqubelthor", &["bo"]).is_ok());
    assert_eq!(chosen("Ana's wodukelitopa"), Ok(()));
}

#[test]
fn lengths_are_counted_in_characters() {
    assert_eq!(chosen("k7#Qv2!xLp9"), Err(PasswordError::TooShort));
    assert_eq!(chosen("äöüäöüäöüäö"), Err(PasswordError::TooShort));
    assert_eq!(chosen(""), Err(PasswordError::TooShort));
    let longest = "ж".repeat(PASSWORD_MAX_CHARS);
    assert!(Password::for_check(&longest).is_some());
    assert!(Password::for_check(&format!("{longest}ж")).is_none());
    assert_eq!(chosen(&format!("{longest}ж")), Err(PasswordError::TooLong));
    assert_eq!(chosen(&"a".repeat(10_000_000)), Err(PasswordError::TooLong));
    // What is only checked may be anything that fits: it is the hash that decides.
    assert!(Password::for_check("").is_some() && Password::for_check("short").is_some());
}

#[test]
fn a_hash_knows_its_password_and_no_other() {
    let hash = PasswordHash::of(&typed("correct horse battery staple"), [7; 16]).unwrap();
    assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$"), "{}", hash.as_str());
    let again = PasswordHash::stored(hash.as_str().to_owned());
    assert!(again.verify(&typed("correct horse battery staple")));
    for other in ["correct horse battery stapl", "correct horse battery staple ", "Correct horse battery staple", ""] {
        assert!(!again.verify(&typed(other)), "{other}");
    }
    assert!(!hash.is_outdated());
    assert_ne!(PasswordHash::of(&typed("correct horse battery staple"), [8; 16]).unwrap(), hash);
}

#[test]
fn nothing_of_a_long_password_is_cut() {
    let long = "x".repeat(PASSWORD_MAX_CHARS);
    let hash = PasswordHash::of(&typed(&long), [0; 16]).unwrap();
    assert!(hash.verify(&typed(&long)));
    assert!(!hash.verify(&typed(&long[1..])));
    assert!(!hash.verify(&typed(&format!("{}y", &long[1..]))));
}

#[test]
fn hashes_of_other_times_are_checked_as_they_were_made_and_known_as_outdated() {
    let weak = |algorithm, params: Params| {
        let argon2 = Argon2::new(algorithm, Version::V0x13, params);
        let hash: Phc = argon2.hash_password_with_salt(b"correct horse", &[1; 16]).unwrap();
        PasswordHash::stored(hash.to_string())
    };
    for hash in [
        weak(Algorithm::Argon2id, Params::new(64, 1, 1, None).unwrap()),
        weak(Algorithm::Argon2i, Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap()),
        weak(Algorithm::Argon2id, Params::new(MEMORY_KIB, PASSES, LANES, Some(16)).unwrap()),
    ] {
        assert!(hash.verify(&typed("correct horse")), "{}", hash.as_str());
        assert!(!hash.verify(&typed("correct house")), "{}", hash.as_str());
        assert!(hash.is_outdated(), "{}", hash.as_str());
    }
}

#[test]
fn what_is_no_hash_belongs_to_no_password() {
    let cut = &DECOY[..DECOY.len() - 44];
    for text in ["", "$", "plain text", "$argon2id$v=19$m=19456,t=2,p=1", "$2b$12$abcdefghijklmnopqrstuv", cut] {
        let hash = PasswordHash::stored(text.to_owned());
        assert!(!hash.verify(&typed("")) && !hash.verify(&typed(text)), "{text}");
        assert!(hash.is_outdated(), "{text}");
    }
}

#[test]
fn the_decoy_costs_what_a_hash_of_today_costs() {
    let decoy = PasswordHash::decoy();
    assert!(Phc::new(decoy.as_str()).is_ok());
    assert!(!decoy.is_outdated());
    assert!(!decoy.verify(&typed("correct horse battery staple")) && !decoy.verify(&typed("")));
}

#[test]
fn debug_shows_no_password_and_no_hash() {
    assert_eq!(format!("{:?}", typed("correct horse")), "Password(redacted)");
    assert_eq!(format!("{:?}", PasswordHash::decoy()), "PasswordHash(redacted)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_twelve_random_letters_and_digits_are_accepted(text in "[a-zA-Z0-9]{12}") {
        // Chance makes a pattern now and then, of which the rest is still random.
        prop_assume!(zxcvbn::zxcvbn(&text, &[]).guesses() >= GUESSES_MIN);
        prop_assert_eq!(chosen(&text), Ok(()));
    }

    #[test]
    fn any_text_is_decided_on_without_a_panic(text in "\\PC{0,300}", about in "\\PC{0,80}") {
        let decided = Password::new(&text, &[&about]);
        prop_assert!(decided.is_ok() || decided.is_err());
    }
}
