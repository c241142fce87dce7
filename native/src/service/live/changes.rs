//! Changes of scores on their way to readers: server-sent events. Nothing waits for a slow reader:
//! what it could not take is left out, and it is told so (`gap`).

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use chatsignal_api::stream::{ScoreChange, StreamGap};
use hyper::body::Frame;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};

/// Changes that a tenant's slowest reader may lag behind.
const CHANGES_MAX: usize = 256;
/// Pieces that wait for one reader's connection.
const FRAMES_MAX: usize = 8;
/// How often a silent stream says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Where a tenant's changes are told.
#[derive(Clone, Debug)]
pub(crate) struct Changes(broadcast::Sender<Bytes>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::channel(CHANGES_MAX).0)
    }
}

impl Changes {
    /// Tells every reader; never waits.
    pub(crate) fn tell(&self, change: &ScoreChange) {
        if self.0.receiver_count() > 0 {
            // Nobody listens any more: nobody is missing anything.
            let _ = self.0.send(event("score", Some(change.computed_at.0.0), change));
        }
    }

    /// What is told from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Bytes> {
        self.0.subscribe()
    }
}

/// One server-sent event.
fn event(name: &str, id: Option<i64>, data: &impl serde::Serialize) -> Bytes {
    let data = serde_json::to_string(data).unwrap_or_default();
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    Bytes::from(format!("event: {name}\n{id}data: {data}\n\n"))
}

/// A body of pieces as they come.
#[derive(Debug)]
pub(crate) struct Frames(mpsc::Receiver<Bytes>);

impl HttpBody for Frames {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

/// Follows changes until the reader or the service goes, or `may_go_on` says no (it is asked at
/// every heartbeat). `behind` says that the reader was here before and may have missed some.
/// What is to be awaited, and the body that it fills.
pub(crate) fn follow(
    mut changes: broadcast::Receiver<Bytes>,
    behind: bool,
    may_go_on: impl Fn() -> bool + Send + 'static,
) -> (impl Future<Output = ()> + Send + 'static, Frames) {
    let (pieces, frames) = mpsc::channel(FRAMES_MAX);
    let gap = |missed| event("gap", None, &StreamGap { missed });
    let following = async move {
        let mut beats = tokio::time::interval(HEARTBEAT);
        beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        beats.tick().await;
        // The first piece tells the reader that the stream stands.
        let mut piece = Bytes::from_static(b"retry: 2000\n: changes of scores\n\n");
        if behind {
            piece = [&piece[..], &gap(None)[..]].concat().into();
        }
        loop {
            if pieces.send(piece).await.is_err() {
                return;
            }
            piece = tokio::select! {
                () = pieces.closed() => return,
                change = changes.recv() => match change {
                    Ok(change) => change,
                    Err(RecvError::Lagged(missed)) => gap(Some(missed)),
                    Err(RecvError::Closed) => return,
                },
                _ = beats.tick() => {
                    if !may_go_on() {
                        return;
                    }
                    Bytes::from_static(b": alive\n\n")
                }
            };
        }
    };
    (following, Frames(frames))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_api::time::Instant;
    use chatsignal_core::time::TimestampMs;
    use http_body_util::BodyExt;

    #[test]
    fn a_reader_that_lags_is_told_and_goes_on() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(async {
            let changes = Changes::default();
            let (following, mut frames) = follow(changes.listen(), false, || true);
            let following = tokio::spawn(following);
            let change = |value: f64| ScoreChange {
                contact_id: "c".to_owned(),
                model: "lead".to_owned(),
                value,
                label: "hot".to_owned(),
                previous: None,
                computed_at: Instant(TimestampMs(5)),
            };
            let mut next = async || {
                let frame = frames.frame().await.expect("a piece").expect("infallible");
                String::from_utf8(frame.into_data().expect("data").to_vec()).expect("text")
            };
            assert!(next().await.starts_with("retry: 2000\n"));
            for at in 0..CHANGES_MAX + 10 {
                changes.tell(&change(at as f64));
            }
            assert_eq!(next().await, "event: gap\ndata: {\"missed\":10}\n\n");
            let piece = next().await;
            assert!(
                piece.starts_with("event: score\nid: 5\ndata: {\"contact_id\":\"c\""),
                "{piece}"
            );
            assert!(piece.contains("\"value\":10.0"), "{piece}");
            drop(frames);
            following.await.expect("ends when the reader goes");
        });
    }
}
