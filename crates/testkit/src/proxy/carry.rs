//! One connection through the proxy.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::Command;
use super::fate::{Direction, Dribble, End, Fate};
use crate::Dice;

const PIECE: usize = 16 * 1024;
/// How long the side that is left open stays so: past every heartbeat.
const LEFT_OPEN: Duration = Duration::from_secs(20);

/// Carries a connection to its end.
pub(super) async fn carry(
    client: TcpStream,
    upstream: SocketAddr,
    fate: Fate,
    dice: Dice,
    mut commands: watch::Receiver<Command>,
) {
    let cuts = commands.borrow().cuts;
    let Ok(server) = TcpStream::connect(upstream).await else { return };
    if client.set_nodelay(true).and(server.set_nodelay(true)).is_err() {
        return;
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let pump = |direction, from, to| Pump {
        from,
        to,
        carried: 0,
        latency: (fate.latency, fate.jitter),
        end: of(fate.end, direction),
        stall: of(fate.stall, direction),
        dribble: fate.dribble.filter(|(of, _)| *of == direction).map(|(_, dribble)| dribble),
        dice: dice.clone(),
        commands: commands.clone(),
    };
    let mut up = pump(Direction::Up, from_client, to_server);
    let mut down = pump(Direction::Down, from_server, to_client);
    let end = tokio::select! {
        end = async { tokio::try_join!(up.run(), down.run()) } => end.err().unwrap_or(End::Cut),
        _ = commands.wait_for(|command| command.cuts > cuts) => return,
    };
    let (client, server) = ((up.from, down.to), (down.from, up.to));
    let left_open = match end {
        End::Cut => return,
        End::ClientLeftOpen => {
            drop(server);
            client
        }
        End::ServerLeftOpen => {
            drop(client);
            server
        }
    };
    // Whether it is cut or left until nobody can care any more makes no difference.
    timeout(LEFT_OPEN, commands.wait_for(|command| command.cuts > cuts)).await.ok();
    drop(left_open);
}

fn of<T, U>(fate: Option<(Direction, T, U)>, direction: Direction) -> Option<(T, U)> {
    fate.filter(|(of, ..)| *of == direction).map(|(_, at, what)| (at, what))
}

/// One direction of a connection.
struct Pump {
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    carried: u64,
    latency: (Duration, Duration),
    end: Option<(u64, End)>,
    stall: Option<(u64, Duration)>,
    dribble: Option<Dribble>,
    dice: Dice,
    commands: watch::Receiver<Command>,
}

impl Pump {
    /// Carries until this direction is closed; an error ends the whole connection.
    async fn run(&mut self) -> Result<(), End> {
        let mut piece = vec![0; PIECE];
        loop {
            let read = self.from.read(&mut piece).await.or(Err(End::Cut))?;
            if read == 0 {
                return self.to.shutdown().await.or(Err(End::Cut));
            }
            self.wait().await;
            let last = self.end.and_then(|(at, end)| {
                let left = usize::try_from(at.saturating_sub(self.carried)).unwrap_or(usize::MAX);
                (left <= read).then_some((left, end))
            });
            self.send(&piece[..last.map_or(read, |(left, _)| left)]).await.or(Err(End::Cut))?;
            if let Some((_, end)) = last {
                return Err(end);
            }
        }
    }

    async fn wait(&mut self) {
        let (latency, jitter) = self.latency;
        let delay = latency + Duration::from_millis(self.dice.within(0, jitter.as_millis() as u64));
        if !delay.is_zero() {
            sleep(delay).await;
        }
        if let Some((_, time)) = self.stall.take_if(|(at, _)| *at <= self.carried) {
            sleep(time).await;
        }
        // Without a proxy there is nobody left who could stall.
        self.commands.wait_for(|command| !command.stalled).await.ok();
    }

    async fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let mut rest = bytes;
        while let Some(dribble) = self.dribble.filter(|dribble| self.carried < dribble.until && !rest.is_empty()) {
            let (now, later) = rest.split_at(dribble.piece.clamp(1, rest.len()));
            self.to.write_all(now).await?;
            self.carried += now.len() as u64;
            rest = later;
            sleep(dribble.pause).await;
        }
        self.carried += rest.len() as u64;
        self.to.write_all(rest).await
    }
}
