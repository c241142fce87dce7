//! A progress bar on stderr, if that is a terminal.

use std::sync::Mutex;

use chatsignal_train::progress::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows the stages of training; silent where stderr is no terminal.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
    stage: Mutex<String>,
}

impl Bar {
    /// A bar that shows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{msg:20} {wide_bar} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        Self { bar, stage: Mutex::default() }
    }
}

impl Default for Bar {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn step(&self, stage: &str, done: usize, total: usize) {
        if let Ok(mut shown) = self.stage.lock()
            && *shown != stage
        {
            stage.clone_into(&mut shown);
            self.bar.set_message(shown.clone());
            self.bar.reset();
        }
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
    }
}
