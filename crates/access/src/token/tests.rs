use jsonwebtoken::{DecodingKey, EncodingKey, encode};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const NOW: Millis = Millis(1_700_000_000_000);
const SECONDS: u64 = 1_700_000_000;
const KINDS: [TokenKind; 2] = [TokenKind::Access, TokenKind::Socket];

struct Fixture {
    kind: TokenKind,
    key: SigningKey,
    keys: VerifyingKeys,
    installation: InstallationId,
    claims: Claims,
}

fn session(user: &str) -> Bearer {
    Bearer::Session { user: user.parse().unwrap(), session: "s1".parse().unwrap() }
}

fn api_key() -> Bearer {
    Bearer::Key("k1".parse().unwrap())
}

fn fixture(kind: TokenKind) -> Fixture {
    let key = SigningKey::from_seed(&[7; 32]).unwrap();
    let installation: InstallationId = "home".parse().unwrap();
    let claims = Claims::new(kind, &installation, &session("ana"), NOW);
    Fixture { kind, keys: VerifyingKeys::of([&key]), key, installation, claims }
}

impl Fixture {
    fn verify(&self, token: &[u8]) -> Result<Claims, TokenError> {
        verify(self.kind, token, &self.keys, &self.installation, NOW)
    }

    fn token(&self) -> String {
        issue(self.kind, &self.claims, &self.key).unwrap()
    }

    fn lifetime(&self) -> u64 {
        self.kind.lifetime_seconds()
    }

    /// The header and claims that [`issue`] writes, as JSON to be bent.
    fn parts(&self) -> (Value, Value) {
        let header = json!({"typ": self.kind.typ(), "alg": ALGORITHM, "kid": self.key.id()});
        (header, serde_json::to_value(&self.claims).unwrap())
    }

    /// A token of any header and payload, signed with the installation's own key.
    fn sign(&self, header: &[u8], payload: &[u8]) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), self.key.encoding(), Algorithm::EdDSA).unwrap();
        format!("{message}.{signature}")
    }

    fn verify_with(&self, bend: impl FnOnce(&mut Value, &mut Value)) -> Result<Claims, TokenError> {
        let (mut header, mut claims) = self.parts();
        bend(&mut header, &mut claims);
        self.verify(self.sign(header.to_string().as_bytes(), claims.to_string().as_bytes()).as_bytes())
    }
}

#[test]
fn an_issued_token_is_accepted_and_says_what_was_asked() {
    for fixture in KINDS.map(fixture) {
        assert_eq!(fixture.verify(fixture.token().as_bytes()), Ok(fixture.claims.clone()));
        // The bending helper itself makes good tokens as long as nothing is bent.
        assert_eq!(fixture.verify_with(|_, _| {}), Ok(fixture.claims.clone()));
        assert_eq!(fixture.claims.expires(), SECONDS + fixture.lifetime());
    }
}

#[test]
fn a_token_fits_well_below_the_limit() {
    for fixture in KINDS.map(fixture) {
        let long: InstallationId = "i".repeat(64).parse().unwrap();
        let (user, session) = ("u".repeat(64).parse().unwrap(), "s".repeat(64).parse().unwrap());
        let claims = Claims::new(fixture.kind, &long, &Bearer::Session { user, session }, NOW);
        assert!(issue(fixture.kind, &claims, &fixture.key).unwrap().len() <= TOKEN_MAX_BYTES - 100);
    }
}

#[test]
fn algorithms_other_than_eddsa_are_refused_even_when_correctly_signed() {
    for fixture in KINDS.map(fixture) {
        let public = public_bytes(&fixture);
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(fixture.kind.typ().to_owned());
        header.kid = Some(fixture.key.id().to_owned());
        // The classic confusion: our public key, taken for a shared secret, in each form that someone may hold it.
        let encoded = URL_SAFE_NO_PAD.encode(&public).into_bytes();
        for secret in [public, encoded, fixture.key.id().as_bytes().to_vec()] {
            let token = encode(&header, &fixture.claims, &EncodingKey::from_secret(&secret)).unwrap();
            assert_eq!(fixture.verify(token.as_bytes()), Err(TokenError::Algorithm));
        }
        for alg in ["none", "None", "nOnE", "NONE", "", "eddsa", "ES256", "RS256", "HS512", "Ed25519"] {
            let refused = fixture.verify_with(|header, _| header["alg"] = json!(alg));
            assert_eq!(refused, Err(TokenError::Algorithm), "{alg}");
        }
        let missing = fixture.verify_with(|header, _| drop(header.as_object_mut().unwrap().remove("alg")));
        assert_eq!(missing, Err(TokenError::Malformed));
        for alg in [json!(null), json!(1), json!(["EdDSA"]), json!({"EdDSA": true})] {
            let refused = fixture.verify_with(|header, _| header["alg"] = alg.clone());
            assert_eq!(refused, Err(TokenError::Malformed), "{alg}");
        }
    }
}

fn public_bytes(fixture: &Fixture) -> Vec<u8> {
    let key: &DecodingKey = fixture.keys.get(fixture.key.id()).unwrap();
    key.try_get_as_bytes().unwrap().to_vec()
}

#[test]
fn an_unsigned_token_is_refused() {
    for fixture in KINDS.map(fixture) {
        let token = fixture.token();
        let (message, _) = token.rsplit_once('.').unwrap();
        assert_eq!(fixture.verify(format!("{message}.").as_bytes()), Err(TokenError::Signature));
        assert_eq!(fixture.verify(message.as_bytes()), Err(TokenError::Malformed));
    }
}

#[test]
fn tokens_of_other_kinds_are_refused() {
    for fixture in KINDS.map(fixture) {
        let shouted = fixture.kind.typ().to_uppercase();
        let long = format!("application/{}", fixture.kind.typ());
        for typ in ["JWT", "jwt", "rt+jwt", "tb-embed+jwt", &shouted, &long, ""] {
            let refused = fixture.verify_with(|header, _| header["typ"] = json!(typ));
            assert_eq!(refused, Err(TokenError::Type), "{typ}");
        }
        for name in ["typ", "kid"] {
            let missing = fixture.verify_with(|header, _| drop(header.as_object_mut().unwrap().remove(name)));
            assert_eq!(missing, Err(TokenError::Malformed), "{name}");
        }
    }
}

#[test]
fn a_token_of_one_kind_is_none_of_the_other() {
    for [own, other] in [KINDS, [TokenKind::Socket, TokenKind::Access]] {
        let (fixture, elsewhere) = (fixture(own), fixture(other));
        assert_eq!(elsewhere.verify(fixture.token().as_bytes()), Err(TokenError::Type));
        // Not even with the other's type, nor with its audience.
        let retyped = fixture.verify_with(|_, claims| *claims = elsewhere.parts().1);
        assert_eq!(retyped, Err(TokenError::Audience));
        let readdressed = fixture.verify_with(|header, claims| {
            header["typ"] = json!(other.typ());
            claims["aud"] = json!(own.audience());
        });
        assert_eq!(readdressed, Err(TokenError::Type));
        assert_eq!(issue(other, &fixture.claims, &fixture.key), Err(TokenError::Audience));
    }
}

#[test]
fn an_access_token_with_the_long_life_of_its_kind_is_no_socket_token() {
    let fixture = fixture(TokenKind::Socket);
    let exp = SECONDS + TokenKind::Access.lifetime_seconds();
    assert_eq!(fixture.verify_with(|_, claims| claims["exp"] = json!(exp)), Err(TokenError::Times));
}

#[test]
fn a_key_connects_a_socket_and_is_never_mistaken_for_someone() {
    let fixture = fixture(TokenKind::Socket);
    let claims = Claims::new(TokenKind::Socket, &fixture.installation, &api_key(), NOW);
    assert_eq!(
        serde_json::to_value(&claims).unwrap(),
        json!({"iss": "home", "aud": "tideboard/socket", "sub": "key:k1", "iat": SECONDS, "exp": SECONDS + 300})
    );
    let token = issue(TokenKind::Socket, &claims, &fixture.key).unwrap();
    assert_eq!(fixture.verify(token.as_bytes()).map(|claims| claims.bearer()), Ok(api_key()));
    assert_eq!(fixture.claims.bearer(), session("ana"));
    let subject = |sub: &'static str, sid: Option<Value>| {
        fixture.verify_with(move |_, claims| {
            claims["sub"] = json!(sub);
            match sid {
                Some(sid) => claims["sid"] = sid,
                None => drop(claims.as_object_mut().unwrap().remove("sid")),
            }
        })
    };
    assert!(subject("key:k1", None).is_ok());
    assert!(subject("user:ana", Some(json!("s1"))).is_ok());
    for (sub, sid) in [
        ("key:k1", Some(json!("s1"))),
        ("key:k1", Some(json!(null))),
        ("user:ana", None),
        ("user:ana", Some(json!(null))),
        ("ana", Some(json!("s1"))),
        ("ana", None),
        ("user:", Some(json!("s1"))),
        ("user:key:k1", Some(json!("s1"))),
        ("USER:ana", Some(json!("s1"))),
        ("team:ana", Some(json!("s1"))),
        ("key: k1", None),
        (":", None),
    ] {
        assert_eq!(subject(sub, sid.clone()), Err(TokenError::Malformed), "{sub} {sid:?}");
    }
}

#[test]
fn a_key_has_no_access_token() {
    let fixture = fixture(TokenKind::Access);
    let claims = Claims::new(TokenKind::Access, &fixture.installation, &api_key(), NOW);
    assert_eq!(issue(TokenKind::Access, &claims, &fixture.key), Err(TokenError::Bearer));
    let refused = fixture.verify_with(|_, own| *own = serde_json::to_value(&claims).unwrap());
    assert_eq!(refused, Err(TokenError::Bearer));
}

#[test]
fn headers_that_name_keys_or_switch_on_features_are_refused() {
    for fixture in KINDS.map(fixture) {
        let extra = [
            ("jku", json!("http://127.0.0.1:1/keys")),
            ("x5u", json!("http://127.0.0.1:1/cert")),
            ("jwk", json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"})),
            ("x5c", json!(["AAAA"])),
            ("crit", json!(["b64"])),
            ("b64", json!(false)),
            ("zip", json!("DEF")),
            ("enc", json!("A256GCM")),
            ("cty", json!("JWT")),
            ("x5t", json!("AAAA")),
            ("jwe", json!(null)),
        ];
        for (name, value) in extra {
            let refused = fixture.verify_with(|header, _| header[name] = value);
            assert_eq!(refused, Err(TokenError::Malformed), "{name}");
        }
    }
}

#[test]
fn unknown_key_ids_are_refused_whatever_they_look_like() {
    for fixture in KINDS.map(fixture) {
        for kid in ["", "../../dev/null", "' OR 1=1 --", "\0", "\u{1F600}", "home"] {
            let refused = fixture.verify_with(|header, _| header["kid"] = json!(kid));
            assert_eq!(refused, Err(TokenError::UnknownKey), "{kid:?}");
        }
        let long = fixture.verify_with(|header, _| header["kid"] = json!("k".repeat(10_240)));
        assert_eq!(long, Err(TokenError::TooLong));
        let ours = fixture.key.id().to_owned();
        for kid in [format!("{ours} "), format!("{ours}\0"), format!("./{ours}"), ours.to_lowercase()] {
            let refused = fixture.verify_with(|header, _| header["kid"] = json!(kid));
            assert_eq!(refused, Err(TokenError::UnknownKey), "{kid:?}");
        }
        let list = fixture.verify_with(|header, _| header["kid"] = json!([fixture.key.id()]));
        assert_eq!(list, Err(TokenError::Malformed));
    }
}

#[test]
fn a_key_of_someone_else_signs_nothing_here() {
    for fixture in KINDS.map(fixture) {
        let other = SigningKey::from_seed(&[8; 32]).unwrap();
        let token = issue(fixture.kind, &fixture.claims, &other).unwrap();
        assert_eq!(fixture.verify(token.as_bytes()), Err(TokenError::UnknownKey));
        // The other's signature under our key's id.
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(fixture.kind.typ().to_owned());
        header.kid = Some(fixture.key.id().to_owned());
        let token = encode(&header, &fixture.claims, other.encoding()).unwrap();
        assert_eq!(fixture.verify(token.as_bytes()), Err(TokenError::Signature));
    }
}

#[test]
fn two_keys_are_good_while_one_replaces_the_other() {
    for fixture in KINDS.map(fixture) {
        let next = SigningKey::from_seed(&[9; 32]).unwrap();
        let both = VerifyingKeys::of([&fixture.key, &next]);
        for key in [&fixture.key, &next] {
            let token = issue(fixture.kind, &fixture.claims, key).unwrap();
            assert_eq!(
                verify(fixture.kind, token.as_bytes(), &both, &fixture.installation, NOW),
                Ok(fixture.claims.clone())
            );
        }
        let old = fixture.token();
        let retired = VerifyingKeys::of([&next]);
        assert_eq!(
            verify(fixture.kind, old.as_bytes(), &retired, &fixture.installation, NOW),
            Err(TokenError::UnknownKey)
        );
    }
}

#[test]
fn issuer_and_audience_must_be_exactly_ours() {
    for fixture in KINDS.map(fixture) {
        let claim = |name: &'static str, value: Value| fixture.verify_with(move |_, claims| claims[name] = value);
        assert_eq!(claim("iss", json!("elsewhere")), Err(TokenError::Issuer));
        assert_eq!(claim("iss", json!("HOME")), Err(TokenError::Issuer));
        assert_eq!(claim("aud", json!("tideboard/embed")), Err(TokenError::Audience));
        assert_eq!(claim("aud", json!("")), Err(TokenError::Audience));
        for (name, value) in [
            ("iss", json!(["home"])),
            ("iss", json!("")),
            ("aud", json!([fixture.kind.audience()])),
            ("aud", json!([fixture.kind.audience(), "other"])),
            ("aud", json!(null)),
            ("sub", json!("")),
            ("sub", json!(7)),
            ("sid", json!("no id")),
            ("sid", json!(7)),
            ("admin", json!(true)),
            ("nbf", json!(0)),
            ("nbf", json!(SECONDS + 3600)),
        ] {
            assert_eq!(claim(name, value.clone()), Err(TokenError::Malformed), "{name} {value}");
        }
        for name in ["iss", "aud", "sub", "sid", "iat", "exp"] {
            let missing = fixture.verify_with(|_, claims| drop(claims.as_object_mut().unwrap().remove(name)));
            assert_eq!(missing, Err(TokenError::Malformed), "{name}");
        }
    }
}

#[test]
fn times_are_whole_seconds_and_possible() {
    for fixture in KINDS.map(fixture) {
        for value in [json!("1700000300"), json!(1_700_000_300.5), json!(1.7e9), json!(-1), json!(null), json!([1])] {
            for name in ["exp", "iat"] {
                let refused = fixture.verify_with(|_, claims| claims[name] = value.clone());
                assert_eq!(refused, Err(TokenError::Malformed), "{name} {value}");
            }
        }
        let times = |iat: u64, exp: u64| {
            fixture.verify_with(|_, claims| {
                claims["iat"] = json!(iat);
                claims["exp"] = json!(exp);
            })
        };
        for (iat, exp) in [
            (SECONDS, u64::MAX),
            (SECONDS, 1 << 63),
            (SECONDS, SECONDS + fixture.lifetime() + 1),
            (SECONDS, SECONDS - 1),
            (u64::MAX, u64::MAX),
            (SECONDS + LEEWAY_SECONDS + 1, SECONDS + fixture.lifetime()),
        ] {
            assert_eq!(times(iat, exp), Err(TokenError::Times), "{iat} {exp}");
        }
        assert!(times(SECONDS + LEEWAY_SECONDS, SECONDS + fixture.lifetime()).is_ok());
    }
}

#[test]
fn a_token_expires_by_the_given_time_and_not_by_a_clock() {
    for fixture in KINDS.map(fixture) {
        let token = fixture.token();
        let at = |millis: i64| {
            verify(fixture.kind, token.as_bytes(), &fixture.keys, &fixture.installation, Millis(NOW.0 + millis))
        };
        let end = i64::try_from(fixture.lifetime() + LEEWAY_SECONDS).unwrap() * 1000;
        assert!(at(0).is_ok());
        assert!(at(end - 1).is_ok());
        assert_eq!(at(end), Err(TokenError::Expired));
        assert_eq!(at(1_000_000_000_000), Err(TokenError::Expired));
        assert!(at(-5_000).is_ok());
        assert_eq!(at(-5_001), Err(TokenError::Times));
        assert_eq!(at(i64::MIN + 1_700_000_000_000), Err(TokenError::Times));
    }
}

#[test]
fn texts_of_another_shape_are_refused() {
    for fixture in KINDS.map(fixture) {
        let token = fixture.token();
        let (header, claims) = fixture.parts();
        let flattened = json!({"protected": "e30", "payload": "e30", "signature": "AA"}).to_string();
        for text in ["", ".", "..", "...", "....", "a.b.c.d.e", "a.b.c", &flattened, &format!("{token}.{token}")] {
            assert_eq!(fixture.verify(text.as_bytes()), Err(TokenError::Malformed), "{text}");
        }
        for around in [format!(" {token}"), format!("{token}\n"), format!("{token}="), token.replace('.', ". ")] {
            assert!(fixture.verify(around.as_bytes()).is_err(), "{around:?}");
        }
        assert_eq!(fixture.verify(b"\xff\xfe.\xff.\xff"), Err(TokenError::Malformed));
        assert_eq!(fixture.verify(&vec![b'a'; 1_000_000]), Err(TokenError::TooLong));

        let header = header.to_string();
        let twice = claims.to_string().replacen('{', r#"{"sub":"eve","#, 1);
        let key_twice = header.replacen('{', r#"{"alg":"none","#, 1);
        let claims = claims.to_string();
        let (before, after) = claims.split_once("ana").unwrap();
        let not_utf8 = [before.as_bytes(), b"an\xff", after.as_bytes()].concat();
        for (header, payload) in [
            (header.as_bytes(), twice.as_bytes()),
            (key_twice.as_bytes(), claims.as_bytes()),
            (header.as_bytes(), &not_utf8),
            (header.as_bytes(), b"null"),
            (header.as_bytes(), b"[]"),
            (b"\xff", claims.as_bytes()),
            (b"[]", claims.as_bytes()),
        ] {
            assert_eq!(fixture.verify(fixture.sign(header, payload).as_bytes()), Err(TokenError::Malformed));
        }
    }
}

#[test]
fn every_flipped_bit_of_a_token_is_refused() {
    for fixture in KINDS.map(fixture) {
        let token = fixture.token().into_bytes();
        for bit in 0..token.len() * 8 {
            let mut flipped = token.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(fixture.verify(&flipped).is_err(), "bit {bit}");
        }
    }
}

#[test]
fn every_flipped_bit_of_the_signature_or_payload_itself_is_refused() {
    for fixture in KINDS.map(fixture) {
        let token = fixture.token();
        let parts: Vec<&str> = token.split('.').collect();
        for part in [1, 2] {
            let bytes = URL_SAFE_NO_PAD.decode(parts[part]).unwrap();
            for bit in 0..bytes.len() * 8 {
                let mut flipped = bytes.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                let flipped = URL_SAFE_NO_PAD.encode(flipped);
                let mut parts = parts.clone();
                parts[part] = &flipped;
                assert_eq!(
                    fixture.verify(parts.join(".").as_bytes()),
                    Err(TokenError::Signature),
                    "part {part} bit {bit}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(KINDS.map(fixture).iter().all(|fixture| fixture.verify(&bytes).is_err()));
    }

    #[test]
    fn any_signed_header_and_claims_but_ours_are_refused(header in "\\PC{0,60}", claims in "\\PC{0,60}") {
        for fixture in KINDS.map(fixture) {
            let token = fixture.sign(header.as_bytes(), claims.as_bytes());
            prop_assert!(fixture.verify(token.as_bytes()).is_err());
        }
    }

    #[test]
    fn any_seed_signs_what_its_public_half_accepts(
        seed: [u8; 32],
        user in "[a-z0-9]{1,64}",
        is_key: bool,
        now in 0..1i64 << 45,
    ) {
        let (fixture, now) = (fixture(TokenKind::Socket), Millis(now));
        let key = SigningKey::from_seed(&seed).unwrap();
        let bearer = if is_key { Bearer::Key(user.parse().unwrap()) } else { session(&user) };
        let claims = Claims::new(fixture.kind, &fixture.installation, &bearer, now);
        let token = issue(fixture.kind, &claims, &key).unwrap();
        let verified = verify(fixture.kind, token.as_bytes(), &VerifyingKeys::of([&key]), &fixture.installation, now);
        prop_assert_eq!(verified.as_ref().map(Claims::bearer), Ok(bearer));
        prop_assert_eq!(verified, Ok(claims));
    }

    #[test]
    fn bytes_changed_anywhere_are_refused(at: proptest::sample::Index, by in 1..=255u8, cut: bool) {
        for fixture in KINDS.map(fixture) {
            let mut token = fixture.token().into_bytes();
            let at = at.index(token.len());
            if cut { token.truncate(at) } else { token[at] ^= by }
            prop_assert!(fixture.verify(&token).is_err());
        }
    }
}
