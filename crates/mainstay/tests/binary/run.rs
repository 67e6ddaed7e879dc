//! Runs the real binary in a folder of its own and talks to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// The longest that anything is waited for. Generous, because a test machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The program, with nothing of the environment that could set it.
pub fn mainstay(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mainstay"));
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub fn run(folder: &Path, args: &[&str]) -> Output {
    mainstay(folder)
        .args(args)
        .output()
        .expect("the program runs")
}

/// What a command said, to either side.
pub fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A program that goes on; it is killed when the test ends before it.
pub struct Going {
    child: Child,
    lines: Receiver<String>,
    /// What it said so far.
    pub heard: Vec<String>,
}

impl Going {
    /// Starts a command that goes on.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the program starts");
        let out = child.stdout.take().expect("piped");
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            lines,
            heard: Vec::new(),
        }
    }

    /// Waits for a line with these words.
    pub fn until(&mut self, words: &str) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.heard.push(line.clone());
                    if line.contains(words) {
                        return line;
                    }
                }
                Err(_) => panic!("it never said {words:?}, only: {:#?}", self.heard),
            }
        }
    }

    /// Asks it to end, and waits. Its exit was a success.
    pub fn stop(mut self) -> Vec<String> {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(asked.success());
        let ended = self.child.wait().expect("it ends");
        self.heard.extend(self.lines.iter());
        assert!(ended.success(), "{ended:?}: {:#?}", self.heard);
        self.heard.clone()
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer over http: status, headers, body.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers as they came.
    pub headers: String,
    /// The body.
    pub body: String,
}

impl Answer {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.lines().filter_map(|line| line.split_once(':'));
        found
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .next()
    }
}

/// Asks `http://HOST/PATH`, with further header lines.
pub fn get(host: &str, path: &str, headers: &str) -> Answer {
    ask("GET", host, path, headers, "")
}

/// Sends a request of any method.
pub fn ask(method: &str, host: &str, path: &str, headers: &str, body: &str) -> Answer {
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    let send = || {
        let mut stream = TcpStream::connect(host).expect("the door is open");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        stream.write_all(request.as_bytes()).map(|()| stream)
    };
    // A door may close as somebody comes: what changes nothing is asked again, as browsers do.
    let mut stream = match send() {
        Err(_) if method == "GET" => send().expect("sent"),
        sent => sent.expect("sent"),
    };
    let mut text = Vec::new();
    stream.read_to_end(&mut text).expect("an answer");
    let text = String::from_utf8_lossy(&text).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|word| word.parse().ok())
        .expect("a status");
    Answer {
        status,
        headers: head.to_owned(),
        body: body.to_owned(),
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port")
        .port()
}
