//! The graph: one model node, and around it nodes that do not change scores.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::proto::{Message, Numbers, Scalar, Value};
use crate::ImportError;

/// The domain of ONNX-ML.
const ML: &str = "ai.onnx.ml";

/// Types of tensors that may come in: f32, f64.
const ROW_TYPES: [u64; 2] = [1, 11];

/// An operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'a> {
    /// The type of operation.
    pub(super) op: &'a str,
    domain: &'a str,
    message: Message<'a>,
}

/// What a file holds.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    /// Program and version that wrote it.
    pub(super) producer: Option<String>,
    /// Numbers of a row, where the input says so.
    pub(super) n_features: Option<usize>,
    /// A scaler before the model.
    pub(super) scaler: Option<Node<'a>>,
    /// The model.
    pub(super) model: Node<'a>,
    /// Whether the scores of a row are divided by their sum.
    pub(super) normalized: bool,
}

impl<'a> Graph<'a> {
    /// Reads a file.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, ImportError> {
        let (mut graph, mut producer, mut version) = (None, "", "");
        let mut imports_ml = false;
        for field in Message::of_file(bytes).fields() {
            match field? {
                (2, Value::Bytes(text)) => producer = text.text()?,
                (3, Value::Bytes(text)) => version = text.text()?,
                (7, Value::Bytes(message)) if graph.is_none() => graph = Some(message),
                (7, Value::Bytes(message)) => return Err(message.fault("a second graph")),
                (8, Value::Bytes(opset)) => {
                    imports_ml |= child(opset, 1)?.map_or(Ok(""), Message::text)? == ML;
                }
                (20, _) => {
                    return Err(ImportError::unsupported("training_info", "a training graph"));
                }
                (25, _) => return Err(ImportError::unsupported("functions", "a model function")),
                _ => {}
            }
        }
        let graph = graph.ok_or_else(|| ImportError::malformed("graph", "is missing"))?;
        if !imports_ml {
            let reason = "does not name ai.onnx.ml: another domain, or cut short";
            return Err(ImportError::malformed("opset_import", reason));
        }
        let mut walk = Walk::default();
        for field in graph.fields() {
            match field? {
                (5, Value::Bytes(tensor)) => walk.constant(tensor)?,
                (11, Value::Bytes(input)) => walk.input(input)?,
                (15, _) => return Err(ImportError::unsupported("sparse_initializer", "a tensor")),
                _ => {}
            }
        }
        for field in graph.fields() {
            if let (1, Value::Bytes(message)) = field? {
                walk.node(Node::read(message)?)?;
            }
        }
        let model = walk.model.ok_or_else(|| ImportError::malformed("graph", "holds no model"))?;
        let producer = format!("{producer} {version}").chars().take(60).collect::<String>();
        Ok(Self {
            producer: (producer != " ").then_some(producer),
            n_features: walk.n_features,
            scaler: walk.scaler,
            model,
            normalized: walk.normalized,
        })
    }
}

/// What has been met of the graph.
#[derive(Default)]
struct Walk<'a> {
    /// Names of tensors that hold the rows as the model sees them.
    rows: Vec<&'a str>,
    /// Names of tensors that hold the model's answers.
    answers: Vec<&'a str>,
    n_features: Option<usize>,
    scaler: Option<Node<'a>>,
    model: Option<Node<'a>>,
    /// Names of constants that are the number 1.
    ones: Vec<&'a str>,
    normalized: bool,
}

/// More tensors than any model has that is read.
const TENSORS_MAX: usize = 64;

impl<'a> Walk<'a> {
    /// A constant tensor. Of these only a factor of 1 is of use (onnxmltools writes it).
    fn constant(&mut self, tensor: Message<'a>) -> Result<(), ImportError> {
        let (mut name, mut raw, mut single) = ("", None, false);
        for field in tensor.fields() {
            match field? {
                (2, Value::Varint(kind)) => single = kind == 1,
                (8, Value::Bytes(text)) => name = text.text()?,
                (9, Value::Bytes(bytes)) => raw = Some(bytes),
                (14, Value::Varint(1)) => {
                    let found = "data outside the file";
                    return Err(ImportError::unsupported("data_location", found));
                }
                _ => {}
            }
        }
        let mut numbers: Numbers<'_, f32> = match raw {
            Some(bytes) => Numbers::packed_in(bytes),
            None => Numbers::of(tensor, 4),
        };
        let one = single && numbers.next().transpose()? == Some(1.0) && numbers.next().is_none();
        if one && self.ones.len() < TENSORS_MAX {
            self.ones.push(name);
        }
        Ok(())
    }

    /// The input of the graph: a tensor of rows.
    fn input(&mut self, input: Message<'a>) -> Result<(), ImportError> {
        if !self.rows.is_empty() {
            return Err(ImportError::unsupported("graph.input", "several inputs"));
        }
        let mut name = "";
        let mut tensor = None;
        for field in input.fields() {
            match field? {
                (1, Value::Bytes(text)) => name = text.text()?,
                // TypeProto, of which field 1 is the tensor.
                (2, Value::Bytes(message)) => tensor = child(message, 1)?,
                _ => {}
            }
        }
        let tensor = tensor.ok_or_else(|| input.fault("an input that is no tensor"))?;
        let mut dimensions = None;
        for field in tensor.fields() {
            match field? {
                (1, Value::Varint(kind)) if !ROW_TYPES.contains(&kind) => {
                    let found = format!("tensor type {kind} (float and double are)");
                    return Err(ImportError::unsupported("graph.input", found));
                }
                (2, Value::Bytes(shape)) => dimensions = Some(shape),
                _ => {}
            }
        }
        if let Some(shape) = dimensions {
            let mut count = 0;
            for field in shape.fields() {
                let (1, Value::Bytes(dimension)) = field? else { continue };
                count += 1;
                let size: Option<i64> = Numbers::of(dimension, 1).next().transpose()?;
                self.n_features =
                    size.and_then(|size| usize::try_from(size).ok()).filter(|&n| n > 0);
            }
            if count != 2 {
                return Err(ImportError::unsupported("graph.input", "not a table of rows"));
            }
        }
        self.rows.push(name);
        Ok(())
    }

    /// The next operation.
    fn node(&mut self, node: Node<'a>) -> Result<(), ImportError> {
        let ml = node.domain == ML;
        let plain = matches!(node.domain, "" | "ai.onnx");
        if !ml && !plain {
            return Err(ImportError::unsupported("domain", shortened(node.domain)));
        }
        let refused = || ImportError::unsupported("op_type", shortened(node.op));
        let about_rows = node.reads(&self.rows, &[])?;
        let about_answers = node.reads(&self.answers, &[])?;
        match node.op {
            "TreeEnsembleClassifier"
            | "TreeEnsembleRegressor"
            | "LinearClassifier"
            | "LinearRegressor"
                if ml =>
            {
                if self.model.is_some() {
                    return Err(ImportError::unsupported("op_type", "a second model"));
                }
                if !about_rows {
                    return Err(ImportError::unsupported("graph", "a model that reads no rows"));
                }
                self.model = Some(node);
                node.outputs(&mut self.answers)
            }
            "Scaler" if ml && about_rows && self.scaler.is_none() && self.model.is_none() => {
                self.scaler = Some(node);
                self.rows.clear();
                node.outputs(&mut self.rows)
            }
            "Identity" if plain && about_rows => node.outputs(&mut self.rows),
            "Cast" if plain && about_rows && node.integer("to")? == Some(1) => {
                node.outputs(&mut self.rows)
            }
            "Cast" | "Identity" if plain && about_answers => node.outputs(&mut self.answers),
            "Mul" if plain && node.reads(&self.answers, &self.ones)? => {
                node.outputs(&mut self.answers)
            }
            "ZipMap" if ml && about_answers => node.outputs(&mut self.answers),
            "Normalizer" if ml && about_answers => {
                // L1 leaves shares of 1 as they are.
                if node.text("norm")? != Some("L1") {
                    return Err(ImportError::unsupported("Normalizer.norm", "MAX or L2"));
                }
                self.normalized = true;
                node.outputs(&mut self.answers)
            }
            _ => Err(refused()),
        }
    }
}

impl<'a> Node<'a> {
    fn read(message: Message<'a>) -> Result<Self, ImportError> {
        let mut node = Self { op: "", domain: "", message };
        for field in message.fields() {
            match field? {
                (4, Value::Bytes(text)) => node.op = text.text()?,
                (7, Value::Bytes(text)) => node.domain = text.text()?,
                _ => {}
            }
        }
        Ok(node)
    }

    /// Whether it reads one of these tensors, and else nothing but constants, one of each.
    fn reads(&self, names: &[&str], constants: &[&str]) -> Result<bool, ImportError> {
        let (mut inputs, mut factors) = (0, 0);
        for field in self.message.fields() {
            if let (1, Value::Bytes(text)) = field? {
                let text = text.text()?;
                if names.contains(&text) {
                    inputs += 1;
                } else if constants.contains(&text) {
                    factors += 1;
                } else {
                    return Ok(false);
                }
            }
        }
        Ok(inputs == 1 && factors == usize::from(!constants.is_empty()))
    }

    fn outputs(&self, names: &mut Vec<&'a str>) -> Result<(), ImportError> {
        for field in self.message.fields() {
            if let (2, Value::Bytes(text)) = field? {
                if names.len() == TENSORS_MAX {
                    return Err(ImportError::unsupported("graph", "a graph of many tensors"));
                }
                names.push(text.text()?);
            }
        }
        Ok(())
    }

    /// A fault of one of its attributes.
    pub(super) fn fault(&self, attribute: &str, reason: &'static str) -> ImportError {
        ImportError::malformed(format!("{}.{attribute}", shortened(self.op)), reason)
    }

    /// Refuses attributes that are not among these, or there twice.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), ImportError> {
        let mut met = Vec::with_capacity(known.len());
        for field in self.message.fields() {
            let (5, Value::Bytes(attribute)) = field? else { continue };
            let name = child(attribute, 1)?.map_or(Ok(""), Message::text)?;
            if !known.contains(&name) {
                let field = format!("{}.{}", shortened(self.op), shortened(name));
                return Err(ImportError::unsupported(field, "this attribute"));
            }
            if met.contains(&name) {
                return Err(self.fault(name, "is there twice"));
            }
            met.push(name);
        }
        Ok(())
    }

    fn attribute(&self, name: &str) -> Result<Option<Message<'a>>, ImportError> {
        for field in self.message.fields() {
            let (5, Value::Bytes(attribute)) = field? else { continue };
            if child(attribute, 1)?.map_or(Ok(""), Message::text)? == name {
                return Ok(Some(attribute));
            }
        }
        Ok(None)
    }

    /// The list of numbers of an attribute; empty without the attribute.
    fn list<T: Scalar>(&self, name: &str, number: u64) -> Result<Numbers<'a, T>, ImportError> {
        let attribute = self.attribute(name)?;
        Ok(Numbers::of(attribute.unwrap_or_else(|| self.message.empty()), number))
    }

    /// Floats of an attribute.
    pub(super) fn floats(&self, name: &str) -> Result<Numbers<'a, f32>, ImportError> {
        self.list(name, 7)
    }

    /// Integers of an attribute.
    pub(super) fn integers(&self, name: &str) -> Result<Numbers<'a, i64>, ImportError> {
        self.list(name, 8)
    }

    /// Texts of an attribute.
    pub(super) fn texts(
        &self,
        name: &str,
    ) -> Result<impl Iterator<Item = Result<&'a str, ImportError>> + Clone + 'a, ImportError> {
        let attribute = self.attribute(name)?.unwrap_or_else(|| self.message.empty());
        Ok(attribute.fields().filter_map(|field| match field {
            Ok((9, Value::Bytes(text))) => Some(text.text()),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        }))
    }

    /// The integer of an attribute.
    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, ImportError> {
        self.list(name, 3)?.next().transpose()
    }

    /// The text of an attribute.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, ImportError> {
        let Some(attribute) = self.attribute(name)? else { return Ok(None) };
        child(attribute, 4)?.map(Message::text).transpose()
    }
}

/// The first message or text in the fields `number`.
fn child(message: Message<'_>, number: u64) -> Result<Option<Message<'_>>, ImportError> {
    for field in message.fields() {
        if let (at, Value::Bytes(child)) = field?
            && at == number
        {
            return Ok(Some(child));
        }
    }
    Ok(None)
}

/// A name of the file, cut to a readable length.
pub(super) fn shortened(name: &str) -> String {
    name.chars().take(40).collect()
}
