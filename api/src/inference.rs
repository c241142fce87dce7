//! The Open Inference Protocol (version 2) over JSON. Its requests are others' too: unknown fields
//! are passed over.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// About the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerMetadata {
    /// Name of the server.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Extensions of the protocol; none.
    pub extensions: Vec<String>,
}

/// Whether the server answers, or answers inference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerHealth {
    /// The process answers.
    pub live: bool,
    /// Inference is answered.
    pub ready: bool,
}

/// Whether a model answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelReady {
    /// The model.
    pub name: String,
    /// Whether it answers.
    pub ready: bool,
}

/// Form of a tensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TensorMetadata {
    /// Its name.
    pub name: String,
    /// Its data type.
    pub datatype: String,
    /// Its dimensions; -1 = any.
    pub shape: Vec<i64>,
}

/// About a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InferenceModel {
    /// `lead`, `churn` or `engagement`.
    pub name: String,
    /// Versions that can be asked; `prior` is the shipped one.
    pub versions: Vec<String>,
    /// Where it runs.
    pub platform: String,
    /// One tensor with a row of features each.
    pub inputs: Vec<TensorMetadata>,
    /// What is answered when nothing is asked for by name.
    pub outputs: Vec<TensorMetadata>,
    /// What is answered only when it is asked for by name.
    pub optional_outputs: Vec<TensorMetadata>,
}

/// Numbers of a tensor, flat or nested; null = missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TensorData(pub Vec<f64>);

/// Adds the numbers of a list, and of the lists in it.
struct Numbers<'a>(&'a mut Vec<f64>);

impl<'de> Visitor<'de> for Numbers<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("numbers, nulls and lists of them")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Numbers(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.push(f64::NAN);
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.0.push(number);
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.0.push(number as f64);
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.0.push(number as f64);
        Ok(())
    }
}

impl<'de> serde::de::DeserializeSeed<'de> for Numbers<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Deserialize<'de> for TensorData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut numbers = Vec::new();
        deserializer.deserialize_seq(Numbers(&mut numbers))?;
        Ok(Self(numbers))
    }
}

/// One input.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InferInput {
    /// `features` for whole rows, or the name of one feature.
    pub name: String,
    /// `[rows, features]` for whole rows, `[rows]` or `[rows, 1]` for one feature.
    pub shape: Vec<u64>,
    /// `FP32` or `FP64`.
    pub datatype: String,
    /// The numbers, row after row, flat or nested; null = missing.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Option<f64>>))]
    pub data: TensorData,
}

/// An output that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InferRequestedOutput {
    /// Its name.
    pub name: String,
}

/// Rows to predict.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InferRequest {
    /// Comes back in the answer.
    #[serde(default)]
    pub id: Option<String>,
    /// One tensor `features`, or one of each feature.
    pub inputs: Vec<InferInput>,
    /// What is asked for; the model's outputs when left out.
    #[serde(default)]
    pub outputs: Option<Vec<InferRequestedOutput>>,
}

/// One output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InferOutput {
    /// Its name.
    pub name: String,
    /// Its dimensions.
    pub shape: Vec<u64>,
    /// `FP64`.
    pub datatype: String,
    /// The numbers, row after row.
    pub data: Vec<f64>,
}

/// Rows, predicted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InferResponse {
    /// The model.
    pub model_name: String,
    /// Its version.
    pub model_version: String,
    /// As in the request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// The outputs.
    pub outputs: Vec<InferOutput>,
}

/// The protocol's form of an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlainError {
    /// What happened, for people.
    pub error: String,
    /// The code of our table.
    pub code: crate::error::ErrorCode,
}
