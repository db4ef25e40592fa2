//! Questions that people answer on a terminal. Where there is none, nothing is asked.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use super::output::inert;

/// Longest answer that is read, in bytes.
const LONGEST: u64 = 4096;

/// Prints `question` and reads one line; `None` where there is no terminal. An answer that cannot be
/// read is empty.
pub fn answer(question: &str) -> Option<String> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return None;
    }
    let mut stderr = io::stderr();
    let _ = stderr.write_all(inert(question).as_bytes());
    let _ = stderr.flush();
    let mut line = String::new();
    let read = io::stdin().lock().take(LONGEST).read_line(&mut line);
    Some(read.map_or_else(|_| String::new(), |_| line.trim().to_owned()))
}
