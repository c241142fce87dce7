//! What the targets share: a fixed tenant and place, and what must hold of everything read.

use chatsignal_core::artifact::ModelArtifact;
use chatsignal_core::event::binary;
use chatsignal_core::explain::contributions;
use chatsignal_core::time::{DAY_MS, TimestampMs, UtcOffsetMin};
use chatsignal_ingest::{Availability, Context, Hasher, Ingested};
use chatsignal_interop::{Format, Options, import};

/// Runs a reader on a fixed tenant in UTC+2 and checks what it found: every event satisfies the
/// rules of events and survives its binary form.
pub fn read(reader: impl FnOnce(&Context<'_>, &mut Ingested)) {
    let hasher = Hasher::new(&[7; 32]);
    let context = Context {
        hasher: &hasher,
        local: &UtcOffsetMin(120),
        availability: Availability::Received(TimestampMs(20_000 * DAY_MS)),
    };
    let mut found = Ingested::default();
    reader(&context, &mut found);
    for event in found.events {
        assert!(event.check().is_ok());
        let mut bytes = Vec::new();
        binary::encode(&event, &mut bytes);
        assert_eq!(binary::decode(&bytes), Ok(event));
    }
}

/// Reads a model file of another library. What is read becomes a sound model of ours, that can be
/// scored and explained on any row.
pub fn check_import(bytes: &[u8], format: Format) {
    let options = Options { format: Some(format), ..Options::default() };
    let Ok(imported) = import(bytes, &options) else { return };
    let artifact = imported.into_artifact();
    assert_eq!(ModelArtifact::decode(&artifact.encode()).as_ref(), Ok(&artifact));
    for value in [f32::NAN, 0.0, -1.0, 1.5, f32::INFINITY, f32::MIN] {
        let row = vec![value; artifact.schema.len()];
        assert!(artifact.predict_outputs(&row).values.iter().all(|value| !value.is_nan()));
        for model in artifact.output_models() {
            let explanation = contributions(model, &row);
            assert!(explanation.contributions.iter().all(|share| share.is_finite()));
        }
    }
}
