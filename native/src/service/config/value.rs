//! How the values of settings are written.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::service::trace::Endpoint;

/// A value that a flag, a variable and a file write the same way.
pub(super) trait Value: Sized {
    /// Reads it.
    fn parse(text: &str) -> Result<Self, String>;
}

impl Value for SocketAddr {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "write an address and a port, like 127.0.0.1:8080".to_owned())
    }
}

impl Value for PathBuf {
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("write a path".to_owned()) } else { Ok(Self::from(text)) }
    }
}

impl Value for Option<PathBuf> {
    fn parse(text: &str) -> Result<Self, String> {
        Ok((!text.is_empty()).then(|| PathBuf::from(text)))
    }
}

impl Value for Option<Endpoint> {
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { Endpoint::parse(text).map(Some) }
    }
}

impl Value for String {
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("write a text".to_owned()) } else { Ok(text.to_owned()) }
    }
}

impl Value for Vec<String> {
    /// Separated by commas; empty for none.
    fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        Ok(parts.map(str::to_owned).collect())
    }
}

impl Value for usize {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "write a whole number".to_owned())
    }
}

impl Value for u32 {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "write a whole number up to 4294967295".to_owned())
    }
}

/// Milliseconds.
impl Value for Duration {
    fn parse(text: &str) -> Result<Self, String> {
        let ms = text.parse().map_err(|_| "write a whole number of milliseconds".to_owned())?;
        Ok(Self::from_millis(ms))
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Value for LogFormat {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("write text or json".to_owned()),
        }
    }
}
