//! What a person at the terminal reads. Logs are another matter: they go to the error output.

use std::io::Write as _;

/// Writes a line. A terminal that is gone is no reason to stop.
pub fn line(text: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Writes a line to the error output.
pub fn error(text: impl std::fmt::Display) {
    let mut out = std::io::stderr().lock();
    let _ = writeln!(out, "{text}");
}
