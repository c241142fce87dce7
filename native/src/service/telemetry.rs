//! The log. It holds route templates, codes, counts and times: no path, no query, no header, no
//! body, so that no text, name or number of a person can come in.

use std::panic;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use super::config::Config;
use super::error::ServeError;
use super::log_buffer::LogBuffer;
use super::log_lines::Lines;

/// The log of a process that serves; what is still on its way is written when this is dropped.
#[derive(Debug)]
pub(crate) struct Log(LogBuffer);

impl Drop for Log {
    fn drop(&mut self) {
        self.0.flush();
    }
}

/// Starts the log on standard error, for the whole process; a second start changes nothing.
///
/// # Errors
/// When the filter cannot be read.
pub(crate) fn start(config: &Config) -> Result<Log, ServeError> {
    let buffer = LogBuffer::start(std::io::stderr())?;
    start_on(config, buffer.clone())?;
    quiet_panics(buffer.clone());
    Ok(Log(buffer))
}

/// The same on another writer.
fn start_on<W>(config: &Config, writer: W) -> Result<(), ServeError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter =
        EnvFilter::try_new(&config.log).map_err(|error| ServeError::Log(error.to_string()))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    // Another subscriber of this process (a test's) is left in place.
    let _ = log.event_format(Lines(config.log_format)).finish().try_init();
    Ok(())
}

/// A panic's message may hold anything: the log gets its place alone.
fn quiet_panics(buffer: LogBuffer) {
    panic::set_hook(Box::new(move |info| {
        let place = info.location().map_or_else(|| "?".to_owned(), ToString::to_string);
        tracing::error!(place, "panic");
        buffer.flush();
    }));
}
