//! One keep-alive connection of HTTP/1.1.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection; one exchange at a time.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// The head of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Status.
    pub status: u16,
    /// Whether it says when to try again.
    pub retry_after: bool,
    /// Whether the other side ends the connection behind it.
    pub close: bool,
    body_at: usize,
    body_bytes: usize,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// What the system says.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(8 << 10) })
    }

    /// Sends a request and reads its answer whole.
    ///
    /// # Errors
    /// When the connection ends before the answer does, or the answer has no length.
    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<Head> {
        self.stream.write_all(request).await?;
        self.answer().await
    }

    /// Reads one answer whole.
    ///
    /// # Errors
    /// As [`Self::exchange`].
    pub async fn answer(&mut self) -> io::Result<Head> {
        self.buffer.clear();
        loop {
            if let Some(head) = Head::read(&self.buffer)?
                && self.buffer.len() >= head.body_at + head.body_bytes
            {
                return Ok(head);
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// The body of the answer read last.
    #[must_use]
    pub fn body(&self, head: Head) -> &[u8] {
        self.buffer.get(head.body_at..head.body_at + head.body_bytes).unwrap_or_default()
    }
}

impl Head {
    /// `None` while the head is not whole.
    fn read(buffer: &[u8]) -> io::Result<Option<Self>> {
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = std::str::from_utf8(&buffer[..end]).map_err(io::Error::other)?;
        let status = head.get(9..12).and_then(|status| status.parse().ok());
        let field = |wanted: &str| {
            head.lines().skip(1).find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case(wanted).then_some(value.trim())
            })
        };
        let body_bytes = field("content-length").and_then(|length| length.parse().ok());
        let (Some(status), Some(body_bytes)) = (status, body_bytes) else {
            return Err(io::Error::other("an answer without status or length"));
        };
        let retry_after = matches!(status, 429 | 503) && field("retry-after").is_some();
        let close = field("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        Ok(Some(Self { status, retry_after, close, body_at: end + 4, body_bytes }))
    }
}

/// A request as bytes; `headers` are whole lines.
#[must_use]
pub fn request(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_when_they_are_whole() {
        let text =
            b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\nretry-after: 1\r\n\r\n{}";
        assert_eq!(Head::read(&text[..40]).expect("no fault yet"), None);
        let head = Head::read(text).expect("well formed").expect("whole");
        assert_eq!((head.status, head.retry_after, head.close), (503, true, false));
        assert_eq!(&text[head.body_at..head.body_at + head.body_bytes], b"{}");
        assert!(Head::read(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
