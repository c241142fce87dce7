//! The processes that serve sides.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::Result;
use serde_json::json;

use super::worker::Worker;

/// Which process serves a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Python with the newest libraries.
    Python,
    /// Python with older libraries.
    OlderPython,
    /// Our WebAssembly module.
    Node,
}

/// The processes that serve sides, for one number of threads. One that does not start says why.
pub struct Workers {
    python: Result<Rc<RefCell<Worker>>, String>,
    older: Result<Rc<RefCell<Worker>>, String>,
    node: Result<Rc<RefCell<Worker>>, String>,
}

/// Where the workers' programs are.
#[derive(Clone, Debug)]
pub struct Programs {
    /// Folder of models and rows.
    pub folder: PathBuf,
    /// Folder of the workers' sources.
    pub scripts: PathBuf,
    /// Python of the environment.
    pub python: PathBuf,
    /// Python of the environment with older libraries.
    pub older: PathBuf,
    /// Folder of our module for Node, or why there is none.
    pub module: Result<PathBuf, String>,
}

impl Workers {
    /// Starts them.
    #[must_use]
    pub fn start(programs: &Programs, threads: usize) -> Self {
        let shared = |worker: Result<Worker>| match worker {
            Ok(worker) => Ok(Rc::new(RefCell::new(worker))),
            Err(error) => Err(format!("{error:#}")),
        };
        let (scripts, folder) = (&programs.scripts, &programs.folder);
        let script = scripts.join("worker.py");
        let python = |path: &Path| shared(Worker::start(path, &[&script, folder], threads));
        let node = programs.module.clone().and_then(|module| {
            let script = scripts.join("worker.mjs");
            shared(Worker::start(Path::new("node"), &[&script, &module, folder], threads))
        });
        Self { python: python(&programs.python), older: python(&programs.older), node }
    }

    /// Installed versions of these packages, in the environment and in the one of older libraries.
    ///
    /// # Errors
    /// The environment is missing.
    pub fn versions(&self, names: &[&str], older: bool) -> Result<Vec<(String, String)>> {
        let worker = if older { &self.older } else { &self.python };
        let worker = worker.as_ref().map_err(|e| anyhow::anyhow!("{e}"))?;
        let answer: serde_json::Map<String, serde_json::Value> =
            worker.borrow_mut().ask(&json!({ "versions": names }))?;
        let versions = answer.into_iter().filter_map(|(name, v)| Some((name, v.as_str()?.into())));
        Ok(versions.collect())
    }

    /// The process, or why there is none.
    ///
    /// # Errors
    /// It did not start.
    pub fn at(&self, place: Place) -> Result<&Rc<RefCell<Worker>>, &String> {
        match place {
            Place::Python => self.python.as_ref(),
            Place::OlderPython => self.older.as_ref(),
            Place::Node => self.node.as_ref(),
        }
    }
}
