//! Viewers of a contestant that were cut off, and how each comes back.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;

use super::order::Order;
use super::rival::{Rival, SOCKET_IO, expect};
use super::watch::{queries, stream};
use crate::crowd::{Member, connect, each};
use crate::error::{BenchError, unexpected};
use crate::held::{Held, Keeps};
use crate::returning::resume;
use crate::server::Session;
use crate::socket::Socket;

/// A viewer that can be cut off, and comes back by its own protocol.
pub(crate) enum Regular {
    /// It resumes from the positions that it holds.
    Tideboard(Box<Member>),
    /// It has what was sent meanwhile sent again.
    Recovering(Box<Recovering>),
}

/// A viewer of Socket.IO with connection state recovery.
pub(crate) struct Recovering {
    socket: Socket,
    order: Order,
    /// Its private session.
    pid: String,
    /// Of the last message that it took in.
    offset: String,
}

/// What it keeps while it is away.
pub(crate) enum Absent {
    /// Positions, windows and cells.
    Tideboard(Held),
    /// What it has seen, its session, and its offset.
    Recovering(Box<(Order, String, String)>),
}

/// How a viewer came back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Back {
    /// From opening the connection to holding all that was acknowledged then.
    pub(crate) took: Duration,
    /// All that came until then.
    pub(crate) bytes: u64,
}

#[derive(Deserialize)]
struct Welcome {
    pid: String,
}

/// Lets so many in; so many of Tideboard's keep cells.
pub(crate) async fn enter(
    rival: &Rival,
    widgets: usize,
    (count, with_cells): (usize, usize),
) -> Result<Vec<Regular>, BenchError> {
    let Rival::Tideboard(_, session) = rival else {
        let mut all = Vec::new();
        for _ in 0..count {
            let (socket, welcome) = rival.watch_rooms(widgets).await?;
            let pid = session_of(&welcome)?;
            let recovering = Recovering { socket, order: Order::new(widgets), pid, offset: String::new() };
            all.push(Regular::Recovering(Box::new(recovering)));
        }
        return Ok(all);
    };
    let viewers = connect(&session.renewed().await?, count).await?;
    let keeps = |number| if number < with_cells { Keeps::Cells } else { Keeps::Positions };
    let member = |(number, viewer)| Member { viewer, held: Held::new(&queries(widgets), keeps(number)) };
    each(viewers.into_iter().enumerate().map(member).collect(), |mut member: Member| async move {
        member.viewer.grant_like_the_page();
        member.subscribe().await?;
        Ok(Regular::Tideboard(Box::new(member)))
    })
    .await
}

impl Regular {
    /// Takes in what comes until an instant.
    pub(crate) async fn watch_until(&mut self, end: tokio::time::Instant) -> Result<(), BenchError> {
        match self {
            Self::Tideboard(member) => member.watch_until(end).await,
            Self::Recovering(viewer) => {
                while let Some(text) = viewer.socket.next_until(end).await? {
                    viewer.take(&text);
                }
                Ok(())
            }
        }
    }

    /// Cuts it off, without a word to the server.
    pub(crate) fn leave(self) -> Absent {
        match self {
            Self::Tideboard(member) => Absent::Tideboard(member.held),
            Self::Recovering(viewer) => Absent::Recovering(Box::new((viewer.order, viewer.pid, viewer.offset))),
        }
    }

    /// Updates lost and doubled so far. Tideboard's frames end the run where they do not fit.
    pub(crate) fn faults(&self) -> (u64, u64) {
        match self {
            Self::Tideboard(_) => (0, 0),
            Self::Recovering(viewer) => (viewer.order.lost, viewer.order.doubled),
        }
    }
}

impl Absent {
    /// Comes back; `acknowledged` counts the updates of each widget.
    pub(crate) async fn come_back(self, door: &Door, acknowledged: &AtomicU64) -> Result<(Regular, Back), BenchError> {
        let (started, wanted) = (Instant::now(), acknowledged.load(Ordering::Relaxed));
        match (self, door) {
            (Self::Tideboard(held), Door::Tideboard(session, widgets)) => {
                let mut member = Member { viewer: session.connect().await?, held };
                let wanted = (0..*widgets).map(|widget| (stream(widget), wanted)).collect();
                let back = resume(&mut member, wanted).await?;
                let back_at = Back { took: started.elapsed(), bytes: member.viewer.bytes() };
                for frame in back.frames {
                    member.held.frame(&frame)?;
                }
                member.viewer.grant_like_the_page();
                member.viewer.grant_again().await?;
                Ok((Regular::Tideboard(Box::new(member)), back_at))
            }
            (Self::Recovering(kept), Door::SocketIo(address)) => {
                let (order, pid, offset) = *kept;
                let mut socket = Socket::connect(*address, SOCKET_IO).await?;
                expect(&mut socket, "0").await?;
                socket.send(format!("40{}", json!({"pid": pid, "offset": offset}))).await?;
                let mut viewer = Recovering { socket, order, pid, offset };
                while !viewer.order.has(wanted) {
                    let text = viewer.socket.next().await?;
                    viewer.take(&text);
                    if text.starts_with("40") && session_of(&text)? != viewer.pid {
                        return unexpected("Socket.IO did not recover a session");
                    }
                }
                let back = Back { took: started.elapsed(), bytes: viewer.socket.bytes };
                Ok((Regular::Recovering(Box::new(viewer)), back))
            }
            (Self::Tideboard(_), Door::SocketIo(_)) | (Self::Recovering(_), Door::Tideboard(..)) => {
                unexpected("a viewer at the door of another contestant")
            }
        }
    }
}

/// Where viewers come back to.
#[derive(Debug, Clone)]
pub(crate) enum Door {
    /// With what lets them in, and how many widgets they watch.
    Tideboard(Session, usize),
    /// An address.
    SocketIo(std::net::SocketAddr),
}

impl Door {
    /// Of a contestant, fresh: what lets viewers in lasts for minutes only.
    pub(crate) async fn of(rival: &Rival, widgets: usize) -> Result<Self, BenchError> {
        match rival {
            Rival::Tideboard(_, session) => Ok(Self::Tideboard(session.renewed().await?, widgets)),
            Rival::Program(_) | Rival::Nchan(_) => Ok(Self::SocketIo(rival.address())),
        }
    }
}

impl Recovering {
    /// The server adds to every event where it stands.
    fn take(&mut self, text: &str) {
        if !text.starts_with("42") {
            return;
        }
        self.order.take(text, None);
        if let Some((_, offset)) = text.strip_suffix("\"]").and_then(|text| text.rsplit_once('"')) {
            offset.clone_into(&mut self.offset);
        }
    }
}

fn session_of(welcome: &str) -> Result<String, BenchError> {
    let welcome: Welcome = serde_json::from_str(welcome.strip_prefix("40").unwrap_or_default())?;
    Ok(welcome.pid)
}
