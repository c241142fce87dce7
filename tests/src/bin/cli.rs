//! The `chatsignal` command, built with the tests so that they can run it.

use std::process::ExitCode;

fn main() -> ExitCode {
    chatsignal_native::cli::main()
}
