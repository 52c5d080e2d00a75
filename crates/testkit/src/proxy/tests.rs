use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

/// A connection through a proxy: its two ends.
async fn through(fate: Fate) -> (Proxy, TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::start(listener.local_addr().unwrap(), Dice::new(1, "proxy")).await.unwrap();
    proxy.next(fate);
    let client = TcpStream::connect(proxy.address()).await.unwrap();
    let (server, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    (proxy, client, server)
}

/// All that comes until the end, however that looks.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let (mut all, mut piece) = (Vec::new(), [0; 64]);
    while let Ok(read @ 1..) = timeout(PATIENCE, stream.read(&mut piece)).await.expect("an end") {
        all.extend(&piece[..read]);
    }
    all
}

#[tokio::test]
async fn in_calm_weather_everything_comes_and_closing_is_passed_on() {
    let (_proxy, mut client, mut server) = through(Fate::default()).await;
    client.write_all(b"question").await.unwrap();
    client.shutdown().await.unwrap();
    assert_eq!(rest(&mut server).await, b"question");
    server.write_all(b"answer").await.unwrap();
    drop(server);
    assert_eq!(rest(&mut client).await, b"answer");
}

#[tokio::test]
async fn a_connection_is_cut_at_the_byte_it_was_meant_to_be() {
    for at in [0, 3] {
        let (_proxy, mut client, mut server) =
            through(Fate { end: Some((Direction::Down, at, End::Cut)), ..Fate::default() }).await;
        server.write_all(b"answer").await.unwrap();
        assert_eq!(rest(&mut client).await, &b"answer"[..at as usize]);
        assert_eq!(rest(&mut server).await, b"");
    }
}

#[tokio::test]
async fn a_client_left_open_hears_nothing_while_the_server_is_closed() {
    let end = Some((Direction::Up, 2, End::ClientLeftOpen));
    let (proxy, mut client, mut server) = through(Fate { end, ..Fate::default() }).await;
    client.write_all(b"question").await.unwrap();
    assert_eq!(rest(&mut server).await, b"qu");
    let silence = timeout(Duration::from_millis(50), client.read_u8()).await;
    assert!(silence.is_err(), "neither a byte nor an end: {silence:?}");
    proxy.cut();
    assert_eq!(rest(&mut client).await, b"");
}

#[tokio::test]
async fn bytes_that_dribble_all_come() {
    let dribble = Dribble { piece: 1, pause: Duration::from_micros(10), until: 5 };
    let (_proxy, mut client, mut server) =
        through(Fate { dribble: Some((Direction::Down, dribble)), ..Fate::default() }).await;
    server.write_all(b"an answer").await.unwrap();
    drop(server);
    assert_eq!(rest(&mut client).await, b"an answer");
}

#[tokio::test]
async fn what_is_stalled_comes_afterwards() {
    let (proxy, mut client, mut server) = through(Fate::default()).await;
    proxy.stall(true);
    server.write_all(b"a").await.unwrap();
    let silence = timeout(Duration::from_millis(50), client.read_u8()).await;
    assert!(silence.is_err(), "{silence:?}");
    proxy.stall(false);
    assert_eq!(timeout(PATIENCE, client.read_u8()).await.unwrap().unwrap(), b'a');
}

#[test]
fn the_same_dice_make_the_same_weather() {
    let fates = |seed| {
        let mut dice = Dice::new(seed, "weather");
        std::array::from_fn::<_, 50, _>(|_| Weather::Foul.fate(&mut dice))
    };
    assert_eq!(fates(1), fates(1));
    assert_ne!(fates(1), fates(2));
    assert!(fates(1).iter().any(|fate| fate.end.is_some()) && fates(1).iter().any(|fate| fate.refused));
    assert_eq!(Weather::Calm.fate(&mut Dice::new(1, "weather")), Fate::default());
}
