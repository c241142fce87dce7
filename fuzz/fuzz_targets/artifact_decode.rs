//! A model file is refused, or it is canonical and can be scored and explained on any row.
#![no_main]

use chatsignal_core::artifact::ModelArtifact;
use chatsignal_core::explain::contributions;
use libfuzzer_sys::fuzz_target;
use xxhash_rust::xxh64::xxh64;

/// Header, and the section of training: the schema's section begins here.
const SCHEMA: usize = 48;

/// Puts the right length, fingerprint and checksum on the bytes, so that what is behind them is
/// reached.
fn mended(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = bytes.to_vec();
    let body = bytes.len().checked_sub(8).filter(|&body| body >= SCHEMA + 4)?;
    let length = u32::try_from(bytes.len()).ok()?;
    bytes[12..16].copy_from_slice(&length.to_le_bytes());
    let section = u32::from_le_bytes(bytes[SCHEMA..SCHEMA + 4].try_into().ok()?) as usize;
    if let Some(schema) = bytes.get(SCHEMA + 4..SCHEMA + 4 + section) {
        let fingerprint = xxh64(schema, 0);
        bytes[16..24].copy_from_slice(&fingerprint.to_le_bytes());
    }
    let sum = xxh64(&bytes[..body], 0);
    bytes[body..].copy_from_slice(&sum.to_le_bytes());
    Some(bytes)
}

fn check(bytes: &[u8]) {
    let Ok(artifact) = ModelArtifact::decode(bytes) else { return };
    assert_eq!(artifact.encode(), bytes);
    let width = artifact.schema.len();
    for value in [f32::NAN, 0.0, -1.0, 1.5, f32::INFINITY, f32::MIN] {
        let row = vec![value; width];
        let prediction = artifact.predict(&row);
        assert!(!prediction.value.is_nan());
        let explanation = contributions(&artifact.model, &row);
        assert_eq!(explanation.contributions.len(), width);
    }
}

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    if let Some(bytes) = mended(bytes) {
        check(&bytes);
    }
});
