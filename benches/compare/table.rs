//! One Markdown table.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::stock::Took;

/// The table under way.
pub struct Table {
    rows: Vec<[String; 5]>,
}

impl Table {
    pub const fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// A row of two times and their ratio.
    pub fn ratio(&mut self, work: &str, ours: Took, stock: &str, theirs: Took, wanted: f64) {
        let ratio = theirs.wall.as_secs_f64() / ours.wall.as_secs_f64();
        self.row(
            work,
            both(ours),
            format!("`{stock}` {}", both(theirs)),
            format!("{ratio:.1}x"),
            format!("{wanted:.1}x"),
        );
    }

    /// A row in any words.
    pub fn row(&mut self, work: &str, ours: String, stock: String, ratio: String, wanted: String) {
        let row = [work.to_owned(), ours, stock, ratio, wanted];
        eprintln!("{}", row.join(" | "));
        self.rows.push(row);
    }

    /// The table with a line about when and where.
    pub fn text(&self, quick: bool) -> String {
        let mut text = format!(
            "{}{}\n\n",
            if quick {
                "QUICK, sizes are a twentieth. "
            } else {
                ""
            },
            machine()
        );
        text.push_str("| work | ours | stock tool | ratio | at least |\n|---|---|---|---|---|\n");
        for row in &self.rows {
            writeln!(text, "| {} |", row.join(" | ")).expect("a string takes any text");
        }
        text
    }
}

/// Wall time, and processor time where it was measured.
pub fn both(took: Took) -> String {
    if took.cpu.is_zero() {
        seconds(took.wall)
    } else {
        format!("{} (CPU {})", seconds(took.wall), seconds(took.cpu))
    }
}

/// A duration with three digits.
pub fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        s if s >= 100.0 => format!("{s:.0} s"),
        s if s >= 10.0 => format!("{s:.1} s"),
        s if s >= 1.0 => format!("{s:.2} s"),
        s => format!("{:.1} ms", s * 1e3),
    }
}

fn machine() -> String {
    let output = |program: &str, arguments: &[&str]| {
        let output = Command::new(program)
            .args(arguments)
            .output()
            .ok()
            .filter(|output| output.status.success());
        output.map_or_else(
            || "unknown".to_owned(),
            |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        )
    };
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |line| {
            line.trim_start_matches([' ', '\t', ':'])
        });
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{}, {model}, {cores} cores, Linux {}, {}",
        output("date", &["-u", "+%Y-%m-%d"]),
        output("uname", &["-r"]),
        output("git", &["--version"])
    )
}
