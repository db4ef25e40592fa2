//! Turns an exit code into a process exit; nothing else.

fn main() -> std::process::ExitCode {
    countersign::cli::main(std::env::args_os()).into()
}
