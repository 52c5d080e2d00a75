//! TLS to the database, as libpq means it.

use std::path::Path;

use tideboard_services::{Certificates, Postgres};
use tideboard_store::{PostgresStore, StoreError};

use crate::sample::first_open;

/// Opens a database with these options.
async fn open(url: &str, host: &str, options: &str) -> Result<(), StoreError> {
    let place = url.split('?').next().unwrap().replace("127.0.0.1", host);
    let address = format!("{place}?{options}").parse()?;
    PostgresStore::open(&address, &first_open(1)).await.map(drop)
}

fn verify(mode: &str, authority: &Path) -> String {
    format!("sslmode={mode}&sslrootcert={}", authority.display())
}

#[tokio::test]
async fn certificates_are_looked_at_as_far_as_was_asked() {
    let (certificates, strangers) = (Certificates::make().unwrap(), Certificates::make().unwrap());
    let server =
        Postgres::builder().tls(&certificates).setting("listen_addresses", "127.0.0.1,127.0.0.2").start().unwrap();
    let url = server.database().unwrap();
    let (ours, theirs) = (certificates.authority(), strangers.authority());
    // The certificate is for `localhost` and `127.0.0.1`.
    for (host, options, is_let_in) in [
        ("127.0.0.1", "sslmode=disable".to_owned(), true),
        ("127.0.0.1", "sslmode=prefer".to_owned(), true),
        ("127.0.0.1", "sslmode=require".to_owned(), true),
        ("127.0.0.1", verify("require", &ours), true),
        ("127.0.0.1", verify("require", &theirs), false),
        ("127.0.0.1", verify("verify-ca", &ours), true),
        ("127.0.0.1", verify("verify-ca", &theirs), false),
        ("127.0.0.1", verify("verify-full", &ours), true),
        ("localhost", verify("verify-full", &ours), true),
        ("127.0.0.1", verify("verify-full", &theirs), false),
        ("127.0.0.1", "sslmode=verify-full&sslrootcert=system".to_owned(), false),
        ("127.0.0.2", "sslmode=require".to_owned(), true),
        ("127.0.0.2", verify("verify-ca", &ours), true),
        ("127.0.0.2", verify("verify-full", &ours), false),
    ] {
        let opened = open(&url, host, &options).await;
        let as_expected = if is_let_in { opened.is_ok() } else { matches!(opened, Err(StoreError::Failed { .. })) };
        assert!(as_expected, "{host} {options}: {opened:?}");
    }
    let missing = open(&url, "127.0.0.1", "sslmode=verify-full&sslrootcert=/nowhere.pem").await;
    assert!(matches!(missing, Err(StoreError::BadAddress { .. })), "{missing:?}");
}

#[tokio::test]
async fn a_server_without_protection_is_refused_where_it_was_asked_for() {
    let url = Postgres::shared().unwrap().database().unwrap();
    assert!(open(&url, "127.0.0.1", "sslmode=prefer").await.is_ok());
    let refused = open(&url, "127.0.0.1", "sslmode=require").await;
    assert!(matches!(refused, Err(StoreError::Failed { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_protected_connection_is_really_protected() {
    let certificates = Certificates::make().unwrap();
    let server = Postgres::builder().tls(&certificates).start().unwrap();
    let url = server.database().unwrap();
    let protected = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                     WHERE application_name = 'tideboard'";
    let plain = url.split('?').next().unwrap();
    for (options, expected) in [("sslmode=disable", "f"), ("", "t"), ("sslmode=require", "t")] {
        let address = format!("{plain}?{options}").parse().unwrap();
        let _store = PostgresStore::open(&address, &first_open(1)).await.unwrap();
        assert_eq!(server.sql(&url, protected).unwrap(), expected, "{options}");
    }
}
