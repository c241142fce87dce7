//! Cut-offs between levels as a team writes them: `80,60,30`, or `model` for the model's own.

use chatsignal_core::artifact::ModelKind;
use chatsignal_core::score::Cutoffs;

/// How the model's own cut-offs are written.
pub const OWN: &str = "model";

/// Reads them; none for the model's own.
pub(super) fn parse(kind: ModelKind, text: &str) -> Result<Option<Cutoffs>, String> {
    if text == OWN {
        return Ok(None);
    }
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    let numbers = numbers.map_err(|_| {
        let levels = Cutoffs::levels(kind).join(", ");
        format!("write where {levels} begin, falling, with commas between; or `{OWN}`")
    })?;
    Cutoffs::chosen(kind, &numbers).map(Some).map_err(|error| error.to_string())
}

/// As they are kept: every number comes back with its bits.
pub(crate) fn written(falling: &[f64]) -> String {
    let numbers: Vec<String> = falling.iter().map(f64::to_string).collect();
    numbers.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let falling = [90.1, 60.0, 1.0 / 3.0];
        let read = parse(ModelKind::Lead, &written(&falling)).expect("falls").expect("chosen");
        assert_eq!(read.as_slice(), falling);
        assert_eq!(parse(ModelKind::Churn, OWN), Ok(None));
        for bad in ["", "90", "90,60,x", "10,60,90", "90,60,-1", "90,60,NaN"] {
            assert!(parse(ModelKind::Lead, bad).is_err(), "{bad}");
        }
    }
}
