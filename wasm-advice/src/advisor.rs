//! A model file as a JavaScript object that gives advice.

use chatsignal_core::artifact::ModelArtifact;
use self_cell::self_cell;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::kind::Scoring;

self_cell!(
    struct Prepared {
        owner: ModelArtifact,
        #[covariant]
        dependent: Scoring,
    }

    impl {Debug}
);

/// A loaded model. Call `free()` when it is no longer needed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Advisor(Prepared);

#[wasm_bindgen]
impl Advisor {
    /// Loads the bytes of a model file (`.csm`).
    ///
    /// # Errors
    /// Throws when the file is damaged or malformed, with the place and the reason.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: &[u8]) -> Result<Self, JsError> {
        let artifact = ModelArtifact::decode(bytes)?;
        Ok(Self(Prepared::new(artifact, |artifact| Scoring::new(artifact))))
    }

    /// Interaction values of rows given one after another in a `Float32Array`: for each row a
    /// symmetric matrix, row after row. Each row of the matrix adds up to the contribution of its
    /// feature.
    ///
    /// # Errors
    /// Throws when the length is not a multiple of the number of features.
    pub fn interactions(&self, rows: &[f32]) -> Result<Vec<f64>, JsError> {
        let width = self.width();
        if !rows.len().is_multiple_of(width) {
            return Err(wrong_length(rows.len(), width));
        }
        let rows = rows.chunks_exact(width);
        Ok(rows.flat_map(|row| self.scoring().interactions(row).values).collect())
    }
}

impl Advisor {
    pub(crate) fn scoring(&self) -> &Scoring<'_> {
        self.0.borrow_dependent()
    }

    fn width(&self) -> usize {
        self.0.borrow_owner().schema.len()
    }

    /// Refuses what is not exactly one row.
    pub(crate) fn one<'r>(&self, row: &'r [f32]) -> Result<&'r [f32], JsError> {
        let width = self.width();
        if row.len() == width { Ok(row) } else { Err(wrong_length(row.len(), width)) }
    }
}

fn wrong_length(found: usize, width: usize) -> JsError {
    JsError::new(&format!("{found} values given: the model takes {width} for each row"))
}
