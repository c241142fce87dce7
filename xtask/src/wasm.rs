//! `cargo xtask wasm`: the WebAssembly modules, their JavaScript, and the npm package around them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::step::{self, cargo, command, root};
use crate::{npm, setup};

/// A WebAssembly module.
pub struct Module {
    package: &'static str,
    /// Its name without extension.
    pub name: &'static str,
    profile: &'static str,
    features: &'static str,
}

/// What scores, what advises, what reads chats and what trains: apart, so that a page loads only
/// what it uses.
pub const MODULES: [Module; 4] = [
    Module::new("chatsignal-wasm", "chatsignal", SMALL),
    Module::new("chatsignal-wasm-advice", "chatsignal-advice", SMALL),
    Module::new("chatsignal-wasm-ingest", "chatsignal-ingest", FAST),
    Module::new("chatsignal-wasm-train", "chatsignal-train", FAST),
];

/// The scoring module with plain objects, which is not in the npm package: measured and tested in
/// `target/wasm-serde`.
pub const SERDE: Module =
    Module { features: "serde", ..Module::new("chatsignal-wasm", "chatsignal-serde", SMALL) };

/// Profiles: for what every page loads, and for what works long.
const SMALL: &str = "wasm-small";
const FAST: &str = "wasm";

/// What modules may use beyond WebAssembly 1.0; every browser of the last years has it.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The folder of the npm package.
pub fn package() -> PathBuf {
    root().join("wasm/js")
}

/// The built files of the npm package.
pub fn dist() -> PathBuf {
    package().join("dist")
}

impl Module {
    const fn new(package: &'static str, name: &'static str, profile: &'static str) -> Self {
        Self { package, name, profile, features: "" }
    }

    /// File name of the module without extension, as the compiler writes it.
    fn stem(&self) -> String {
        self.package.replace('-', "_")
    }

    /// Where its JavaScript goes, and where the module itself.
    fn folders(&self) -> (PathBuf, PathBuf) {
        if self.features.is_empty() {
            (package().join("src/glue"), dist().join("wasm"))
        } else {
            let folder = root().join("target/wasm-serde");
            (folder.clone(), folder)
        }
    }

    /// The optimised module.
    pub fn file(&self) -> PathBuf {
        self.folders().1.join(format!("{}.wasm", self.name))
    }

    fn build(&self) -> Result<()> {
        let mut build = cargo(["build", "--quiet", "-p", self.package, "--profile", self.profile]);
        build.args(["--target", "wasm32-unknown-unknown", "--features", self.features]);
        build.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags(self.profile));
        step::run(build)?;
        let (glue, folder) = self.folders();
        self.bind(&glue)?;
        let bound = glue.join(format!("{}_bg.wasm", self.stem()));
        fs::create_dir_all(folder)?;
        optimise(&bound, &self.file())?;
        // The module stands in the package once, the JavaScript beside its users.
        fs::remove_file(&bound)?;
        fs::remove_file(glue.join(format!("{}_bg.wasm.d.ts", self.stem())))?;
        Ok(())
    }

    /// Writes the module and its JavaScript to a folder.
    fn bind(&self, folder: &Path) -> Result<()> {
        let built = root().join("target/wasm32-unknown-unknown").join(self.profile);
        let module = built.join(format!("{}.wasm", self.stem()));
        let mut bindgen = cargo(["run", "--quiet", "--manifest-path", "xtask/bindgen/Cargo.toml"]);
        bindgen.arg("--target-dir").arg(root().join("target/bindgen"));
        bindgen.arg("--").arg(module).arg(folder);
        step::run(bindgen)
    }
}

/// Flags that keep this machine's paths out of the modules, and copies of short functions and of
/// loops out of the small ones.
fn flags(profile: &str) -> String {
    let home = std::env::var("CARGO_HOME").map(PathBuf::from).ok();
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let places = [(home, "/cargo"), (Some(root()), "/chatsignal")];
    let mut flags: Vec<String> = places
        .into_iter()
        .filter_map(|(from, to)| Some(format!("--remap-path-prefix={}={to}", from?.display())))
        .collect();
    if profile == SMALL {
        for argument in
            ["-inline-threshold=40", "-unroll-runtime=false", "-unroll-allow-partial=false"]
        {
            flags.push(format!("-Cllvm-args={argument}"));
        }
    }
    flags.join(" ")
}

fn optimise(from: &Path, to: &Path) -> Result<()> {
    let mut optimise = command(&npm::tool("wasm-opt").to_string_lossy());
    optimise.arg("-O3").args(FEATURES).arg(from).arg("-o").arg(to);
    step::run(optimise)
}

/// Builds the modules (one package a command: together their features would unify)
/// and the npm package in `wasm/js/dist`.
pub fn build() -> Result<()> {
    setup::targets()?;
    npm::install()?;
    MODULES.iter().chain([&SERDE]).try_for_each(Module::build)?;
    fs::remove_dir_all(dist().join("esm")).or_else(missing_is_fine)?;
    npm::script("chatsignal", "build").context("building the npm package")
}

fn missing_is_fine(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// Builds and reports the sizes.
pub fn run() -> Result<()> {
    build()?;
    for module in MODULES.iter().chain([&SERDE]) {
        let file = module.file();
        println!("{}: {} bytes", file.display(), fs::metadata(&file)?.len());
    }
    Ok(())
}
