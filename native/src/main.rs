//! The `chatsignal` command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    chatsignal_native::cli::main()
}
