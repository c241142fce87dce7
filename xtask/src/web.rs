//! `cargo xtask web`: the dashboard of `web-demo` with the npm package, as files to be served and as
//! one page that needs no server.

use anyhow::Result;

use crate::step::root;
use crate::{npm, wasm};

/// Name of the dashboard's package.
pub const PACKAGE: &str = "chatsignal-dashboard";

/// Builds the dashboard into `web-demo/dist`, from modules that [`wasm::build`] has made.
pub fn assemble() -> Result<()> {
    npm::install()?;
    npm::script(PACKAGE, "build")
}

/// Builds the modules and the dashboard.
pub fn run() -> Result<()> {
    wasm::build()?;
    assemble()?;
    let folder = root().join("web-demo");
    let (served, page) = (folder.join("dist"), folder.join("dist-offline/offline.html"));
    println!("{}: `chatsignal serve` has it at / when it is built after this", served.display());
    println!("{}: open it in a browser, without any server", page.display());
    Ok(())
}
