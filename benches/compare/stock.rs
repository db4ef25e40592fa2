//! Programs, timed: ours and the stock tools, in turn on the same inputs.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What a run took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Took {
    /// On the wall.
    pub wall: Duration,
    /// User and system time of the program and all that it started.
    pub cpu: Duration,
}

/// Runs Git without anybody's configuration; it must succeed.
pub fn git(dir: &Path, arguments: &[&str]) {
    let status = git_command(dir, arguments)
        .status()
        .expect("git is installed");
    assert!(status.success(), "git {arguments:?} succeeds");
}

/// Git without anybody's configuration.
pub fn git_command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(dir)
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("LC_ALL", "C");
    command
}

/// Runs a command to its end; its output goes nowhere. Any of `codes` is success.
pub fn time(command: &mut Command, codes: &[i32]) -> Took {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let (cpu, wall) = (children(), Instant::now());
    let status = command
        .status()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let took = Took {
        wall: wall.elapsed(),
        cpu: children().saturating_sub(cpu),
    };
    assert!(
        status.code().is_some_and(|code| codes.contains(&code)),
        "{command:?} ends with one of {codes:?}: {status}"
    );
    took
}

/// The best of some runs of each, in turn, so that whatever disturbs the machine disturbs both.
pub fn race(
    repeats: usize,
    mut ours: impl FnMut() -> Took,
    mut theirs: impl FnMut() -> Took,
) -> (Took, Took) {
    let mut runs: Vec<(Took, Took)> = (0..repeats).map(|_| (ours(), theirs())).collect();
    let first = runs.pop().expect("at least one");
    let better = |a: Took, b: Took| Took {
        wall: a.wall.min(b.wall),
        cpu: a.cpu.min(b.cpu),
    };
    runs.into_iter().fold(first, |best, run| {
        (better(best.0, run.0), better(best.1, run.1))
    })
}

/// The best of some runs.
pub fn best(repeats: usize, mut run: impl FnMut() -> Took) -> Took {
    let nothing = Took {
        wall: Duration::ZERO,
        cpu: Duration::ZERO,
    };
    race(repeats, &mut run, || nothing).0
}

/// The most memory that a command ever held, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Peak {
    /// Everything in memory, the system's copy of mapped files (packs, the program itself)
    /// included.
    pub resident: u64,
    /// What is the process's own.
    pub own: u64,
}

/// Runs a command and looks every millisecond, so the very last moment may be missed.
pub fn peak(command: &mut Command) -> Peak {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut most = Peak::default();
    while child.try_wait().expect("it was started above").is_none() {
        if let Some(now) = holds(&child) {
            most = Peak {
                resident: most.resident.max(now.resident),
                own: most.own.max(now.own),
            };
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    most
}

/// What a process holds now; of `resident` the most until now. See proc(5).
fn holds(child: &Child) -> Option<Peak> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(
            line.trim()
                .strip_suffix(" kB")?
                .trim()
                .parse::<u64>()
                .ok()?
                * 1024,
        )
    };
    Some(Peak {
        resident: field("VmHWM:")?,
        own: field("RssAnon:")?,
    })
}

/// Processor time of every child that has ended, in steps of ten milliseconds; see proc(5).
fn children() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    let ticks: u64 = after
        .split_ascii_whitespace()
        .skip(13)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}
