//! The `chatsignal` command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: chatsignal_native::Allocator = chatsignal_native::Allocator;

fn main() -> ExitCode {
    chatsignal_native::cli::main()
}
