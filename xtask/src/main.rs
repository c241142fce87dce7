//! Chores of the repository: `cargo xtask --help`. Every chore is Rust, so that two commands are
//! enough on a fresh machine: `cargo xtask demo` and `cargo xtask test`.

mod api;
mod catalogue_ts;
mod check;
mod chromium;
mod demo;
mod deps;
mod docs;
mod features_doc;
mod fuzz;
mod load;
mod models;
mod npm;
mod parity;
mod scoring_doc;
mod setup;
mod size;
mod step;
mod test;
mod verify;
mod wasm;
mod wasm_pack;
mod web;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Chores of the chatsignal repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about)]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Build everything needed, make the simulated workspace, train the models, print the scores
    Demo(demo::Args),
    /// Pass the tests of every crate, and of the WebAssembly module under Node
    Test(test::Args),
    /// Formatting, lints, no_std builds and dependency rules (no tests)
    Check,
    /// Who may import whom, and how many crates the core stands on
    CheckDeps,
    /// Write the pages that are printed from the code (docs/FEATURES.md)
    Docs,
    /// Install what a fresh machine lacks, and say what it cannot
    Setup,
    /// Build the WebAssembly modules and the npm package (wasm/js/dist)
    Wasm,
    /// Packages of the scoring crate as `wasm-pack` makes them, loaded in Node (needs `wasm-pack` and `wasm-bindgen`)
    WasmPack,
    /// Write what a page loads, in bytes (docs/sizes.txt)
    Size,
    /// Build the dashboard (web-demo/dist), and the same as one page without a server (offline.html)
    Web,
    /// Train the shipped prior models again, on simulated data (models/)
    Models,
    /// Equal bits of scores and explanations: native with and without optimisation, WebAssembly in Node and Chromium
    Parity(parity::Args),
    /// Long campaigns before a figure is claimed: ten thousand cases of every property, kills, bits
    Verify(verify::Args),
}

fn main() -> Result<()> {
    match Cli::parse().chore {
        Chore::Demo(args) => demo::run(&args),
        Chore::Test(args) => test::run(&args),
        Chore::Check => check::run(),
        Chore::CheckDeps => deps::run(),
        Chore::Docs => docs::run(),
        Chore::Setup => setup::run(),
        Chore::Wasm => wasm::run(),
        Chore::WasmPack => wasm_pack::run(),
        Chore::Size => size::run(),
        Chore::Web => web::run(),
        Chore::Models => models::run(),
        Chore::Parity(args) => parity::run(&args),
        Chore::Verify(args) => verify::run(&args),
    }
}
