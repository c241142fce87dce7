//! A body in pieces, for a reader that keeps what it cannot use yet.
//!
//! Such a reader takes all that has come, and looks through all that it keeps whenever more comes. So
//! that it neither keeps nor looks at much, it is given a piece at a time, and nothing further once it
//! has been given too much without making anything of it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use hyper::body::Frame;

/// Most bytes that are given without being used.
const AHEAD_BYTES_MAX: usize = 64 << 10;

/// How many bytes were given since the reader made something of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Ahead(Arc<AtomicUsize>);

impl Ahead {
    /// The reader has made something of what it was given.
    pub(super) fn used(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// The body.
#[derive(Debug)]
pub(super) struct Trickle {
    body: Body,
    ahead: Ahead,
    given: bool,
}

impl Trickle {
    /// Gives pieces of `body` as long as `ahead` is told of progress.
    pub(super) fn new(body: Body, ahead: Ahead) -> Self {
        Self { body, ahead, given: false }
    }
}

impl hyper::body::Body for Trickle {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if std::mem::take(&mut self.given) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.ahead.0.load(Ordering::Relaxed) > AHEAD_BYTES_MAX {
            return Poll::Ready(Some(Err(axum::Error::new("too much that no part begins with"))));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            self.ahead.0.fetch_add(data.len(), Ordering::Relaxed);
            self.given = true;
        }
        Poll::Ready(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt, Channel};

    /// Pieces that a reader gets; whether it was refused further ones.
    async fn pieces(bytes: usize, uses: bool) -> (usize, bool) {
        let (mut sender, channel) = Channel::<Bytes, axum::Error>::new(16);
        for _ in 0..10 {
            sender.send_data(Bytes::from(vec![0; bytes])).await.expect("there is room");
        }
        drop(sender);
        let ahead = Ahead::default();
        let mut body = Trickle::new(Body::new(channel), ahead.clone());
        let mut count = 0;
        loop {
            match body.frame().await {
                None => return (count, false),
                Some(Err(_)) => return (count, true),
                Some(Ok(_)) if uses => ahead.used(),
                Some(Ok(_)) => {}
            }
            count += 1;
        }
    }

    #[tokio::test]
    async fn a_reader_without_progress_gets_no_more() {
        assert_eq!(pieces(AHEAD_BYTES_MAX, true).await, (10, false));
        assert_eq!(pieces(AHEAD_BYTES_MAX, false).await, (2, true));
        assert_eq!(pieces(10, false).await, (10, false));
    }
}
