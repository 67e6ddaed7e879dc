//! The one address under which all nodes are reached, as behind a proxy: connections go to a node that is up.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

/// See the head of this file. It closes when the runtime ends.
#[derive(Clone)]
pub struct Door {
    /// Where it is.
    pub address: SocketAddr,
    open: Arc<Mutex<Vec<SocketAddr>>>,
}

impl Door {
    pub async fn open() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let door = Self {
            address: listener.local_addr()?,
            open: Arc::default(),
        };
        let open = door.open.clone();
        tokio::spawn(async move {
            while let Ok((mut outside, _)) = listener.accept().await {
                let turn = turn(&open);
                tokio::spawn(async move {
                    for node in turn {
                        if let Ok(mut inside) = TcpStream::connect(node).await {
                            // A killed node breaks it off, as it should.
                            let _ = copy_bidirectional(&mut outside, &mut inside).await;
                            return;
                        }
                    }
                });
            }
        });
        Ok(door)
    }

    /// Connections may go to this node.
    pub fn let_in(&self, node: SocketAddr) {
        self.nodes().push(node);
    }

    /// No new connection goes to this node.
    pub fn leave_out(&self, node: SocketAddr) {
        self.nodes().retain(|other| *other != node);
    }

    fn nodes(&self) -> std::sync::MutexGuard<'_, Vec<SocketAddr>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The nodes in the order in which this connection tries them; the next one begins with another.
fn turn(open: &Mutex<Vec<SocketAddr>>) -> Vec<SocketAddr> {
    let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
    if !open.is_empty() {
        open.rotate_left(1);
    }
    open.clone()
}
