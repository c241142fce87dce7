//! Changes of scores on their way to readers: server-sent events. Nothing waits for a slow reader:
//! what it could not take is left out, and it is told so (`gap`).

use axum::body::Bytes;
use chatsignal_api::stream::{ScoreChange, ScoresWithdrawn, StreamGap, WithdrawnReason};
use chatsignal_core::id::ContactId;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::service::event_stream::{EventStream, Gone, HEARTBEAT, event};

/// Changes that a tenant's slowest reader may lag behind.
const CHANGES_MAX: usize = 256;

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
        self.send(|| event("score", Some(change.computed_at.0.0), change));
    }

    /// Tells every reader that nothing which models said of a contact may be shown any more.
    pub(crate) fn withdraw(&self, contact: ContactId, reason: WithdrawnReason) {
        self.send(|| {
            let withdrawn = ScoresWithdrawn { contact_id: contact.to_string(), reason };
            event("withdrawn", None::<i64>, &withdrawn)
        });
    }

    /// Tells every reader to load what is shown again.
    pub(crate) fn gap(&self) {
        self.send(|| gap(None));
    }

    fn send(&self, event: impl FnOnce() -> Bytes) {
        if self.0.receiver_count() > 0 {
            // Nobody listens any more: nobody is missing anything.
            let _ = self.0.send(event());
        }
    }

    /// What is told from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Bytes> {
        self.0.subscribe()
    }
}

fn gap(missed: Option<u64>) -> Bytes {
    event("gap", None::<i64>, &StreamGap { missed })
}

/// Follows changes until the reader or the service goes, or `may_go_on` says no (it is asked at
/// every heartbeat). `behind` says that the reader was here before and may have missed some.
pub(crate) async fn follow(
    mut changes: broadcast::Receiver<Bytes>,
    behind: bool,
    may_go_on: impl Fn() -> bool,
    stream: EventStream,
) -> Result<(), Gone> {
    let mut beats = tokio::time::interval(HEARTBEAT);
    beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    beats.tick().await;
    // The reader is told that the stream stands.
    stream.hello().await?;
    if behind {
        stream.put(gap(None)).await?;
    }
    loop {
        tokio::select! {
            () = stream.gone() => return Err(Gone),
            change = changes.recv() => match change {
                Ok(change) => stream.put(change).await?,
                Err(RecvError::Lagged(missed)) => stream.put(gap(Some(missed))).await?,
                Err(RecvError::Closed) => return Ok(()),
            },
            _ = beats.tick() => {
                if !may_go_on() {
                    return Ok(());
                }
                stream.heartbeat().await?;
            }
        }
    }
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
            let (stream, mut frames) = EventStream::new();
            let following = tokio::spawn(follow(changes.listen(), false, || true, stream));
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
            assert_eq!(next().await, "retry: 2000\n\n");
            for at in 0..CHANGES_MAX + 10 {
                changes.tell(&change(at as f64));
            }
            assert_eq!(next().await, "event: gap\ndata: {\"missed\":10}\n\n");
            let piece = next().await;
            assert!(
                piece.starts_with("id: 5\nevent: score\ndata: {\"contact_id\":\"c\""),
                "{piece}"
            );
            assert!(piece.contains("\"value\":10.0"), "{piece}");
            drop(frames);
            let ended = following.await.expect("ends when the reader goes");
            assert_eq!(ended, Err(Gone));
        });
    }
}
