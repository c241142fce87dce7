//! Running the command line.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// The `chatsignal` command on a database of its own, without settings from the environment.
pub fn chatsignal(db: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chatsignal-cli"));
    for name in ["CHATSIGNAL_TENANT", "TZ", "LANG", "LC_ALL"] {
        command.env_remove(name);
    }
    command.env("CHATSIGNAL_DB", db);
    command
}

/// Runs it to the end; the exit code and both outputs as text.
pub fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the command starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

/// Runs it, expects success, and reads its output as JSON.
pub fn json(command: &mut Command) -> Value {
    let (code, stdout, stderr) = run(command);
    assert_eq!(code, 0, "{stderr}");
    serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{e}: {stdout}"))
}
