//! How a command reaches the process that serves: a local socket in the data folder, which only the
//! owner can open. One line of JSON asks; each line that comes back says something, the last one how it
//! ended.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;
use vault::KeyId;

use crate::rotation::Keeper;
use crate::say;
use crate::trouble::{Result, Trouble};

/// The longest line that is read, in bytes.
const LINE: u64 = 4_096;

/// What can be asked of the process that serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// Replace the sealing key.
    RotateKeys,
    /// Take a key out of the ring.
    RetireKey {
        /// Its number.
        key: u32,
    },
}

/// What comes back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// How it goes on.
    Say(String),
    /// It is done.
    Done,
    /// It is not.
    Failed { what: String, hint: String },
}

/// Where the socket of a data folder is.
#[must_use]
pub fn path(data: &Path) -> PathBuf {
    data.join("mainstay.sock")
}

/// Does what is asked with a keeper of the keys.
///
/// # Errors
/// What stood in the way.
pub async fn act(keeper: &Keeper, ask: &Ask, tell: &(dyn Fn(String) + Send + Sync)) -> Result<()> {
    match ask {
        Ask::RotateKeys => keeper.rotate(tell).await,
        Ask::RetireKey { key } => {
            let key = KeyId::new(*key).ok_or_else(|| Trouble::plain("key numbers begin with 1"))?;
            keeper.retire(key, tell).await
        }
    }
}

/// Listens until `stop`. Where that cannot be (a path that is too long), the process serves without.
pub async fn serve(data: PathBuf, keeper: Arc<Keeper>, stop: CancellationToken) {
    let at = path(&data);
    // What a killed process left; the process lock says that it does not live.
    let _ = std::fs::remove_file(&at);
    let listener = match UnixListener::bind(&at) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::warn!(%error, socket = %at.display(), "commands cannot reach this process");
            return;
        }
    };
    #[cfg(unix)]
    if let Err(error) =
        std::fs::set_permissions(&at, std::os::unix::fs::PermissionsExt::from_mode(0o600))
    {
        tracing::warn!(%error, "the socket for commands could not be closed to others, so it is not used");
        let _ = std::fs::remove_file(&at);
        return;
    }
    // One at a time: two rotations at once would only stand in each other's way.
    let turn = Arc::new(Mutex::new(()));
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    let (keeper, turn) = (keeper.clone(), turn.clone());
                    // It goes on to its end even if who asked goes away.
                    tokio::spawn(async move { answer(stream, &keeper, &turn).await });
                }
            }
        }
    }
    let _ = std::fs::remove_file(&at);
}

async fn answer(stream: UnixStream, keeper: &Keeper, turn: &Mutex<()>) {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(tokio::io::AsyncReadExt::take(read, LINE));
    if read.read_line(&mut line).await.is_err() {
        return;
    }
    let (heard, mut lines) = mpsc::unbounded_channel::<Answer>();
    let work = async {
        let said = heard.clone();
        let tell = move |text: String| drop(said.send(Answer::Say(text)));
        let done = match serde_json::from_str::<Ask>(line.trim()) {
            Ok(ask) => {
                let _turn = turn.lock().await;
                act(keeper, &ask, &tell).await
            }
            Err(_) => Err(Trouble::new(
                "the process that serves does not know this command",
                "it may be of another version",
            )),
        };
        let last = match done {
            Ok(()) => Answer::Done,
            Err(trouble) => Answer::Failed {
                what: trouble.what,
                hint: trouble.hint,
            },
        };
        drop(heard.send(last));
        drop(heard);
    };
    let speak = async {
        while let Some(answer) = lines.recv().await {
            let mut text = serde_json::to_string(&answer).unwrap_or_default();
            text.push('\n');
            if write.write_all(text.as_bytes()).await.is_err() {
                break;
            }
        }
    };
    tokio::join!(work, speak);
}

/// Asks the process that serves this data folder. None where none does.
///
/// # Errors
/// What it answered, or that it went away.
pub async fn ask(data: &Path, ask: &Ask) -> Result<Option<()>> {
    let Ok(mut stream) = UnixStream::connect(path(data)).await else {
        return Ok(None);
    };
    let gone = |error: std::io::Error| {
        Trouble::new(
            format!("the process that serves went away: {error}"),
            "call this again: it goes on where it was",
        )
    };
    let mut text = serde_json::to_string(ask).unwrap_or_default();
    text.push('\n');
    stream.write_all(text.as_bytes()).await.map_err(gone)?;
    let mut lines = BufReader::new(stream).lines();
    while let Some(line) = lines.next_line().await.map_err(gone)? {
        match serde_json::from_str(&line) {
            Ok(Answer::Say(text)) => say::line(text),
            Ok(Answer::Done) => return Ok(Some(())),
            Ok(Answer::Failed { what, hint }) => return Err(Trouble::new(what, hint)),
            Err(_) => {
                return Err(Trouble::plain(
                    "the process that serves answered something else",
                ));
            }
        }
    }
    Err(gone(std::io::ErrorKind::UnexpectedEof.into()))
}
