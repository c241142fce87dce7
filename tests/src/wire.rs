//! Protocol buffers of ONNX as fields that a test can change.

/// A field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its number.
    pub number: u64,
    /// Its value.
    pub value: Value,
}

/// The value of a field.
#[derive(Clone, Debug)]
pub enum Value {
    /// An integer.
    Varint(u64),
    /// Four bytes.
    Fixed32(u32),
    /// Eight bytes.
    Fixed64(u64),
    /// A text or a packed list.
    Bytes(Vec<u8>),
    /// A message: of ONNX the graph, its nodes and their attributes, the shape of its input.
    Message(Vec<Field>),
}

/// The fields of an ONNX file.
///
/// # Panics
/// When the bytes are none.
#[must_use]
pub fn decode(bytes: &[u8]) -> Vec<Field> {
    // ModelProto.graph, GraphProto.node, NodeProto.attribute.
    let attributes: &[u64] = &[7, 1, 5];
    // ModelProto.graph, GraphProto.input, ValueInfoProto.type, TypeProto.tensor_type,
    // Tensor.shape, TensorShapeProto.dim.
    let dimensions: &[u64] = &[7, 11, 2, 1, 2, 1];
    fields(bytes, &[attributes, dimensions])
}

fn fields(mut bytes: &[u8], paths: &[&[u64]]) -> Vec<Field> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = take_varint(&mut bytes);
        let number = key >> 3;
        let value = match key & 7 {
            0 => Value::Varint(take_varint(&mut bytes)),
            1 => Value::Fixed64(u64::from_le_bytes(take(&mut bytes, 8).try_into().expect("8"))),
            5 => Value::Fixed32(u32::from_le_bytes(take(&mut bytes, 4).try_into().expect("4"))),
            2 => {
                let length = take_varint(&mut bytes) as usize;
                let inner = take(&mut bytes, length);
                let further = paths.iter().filter_map(|path| path.split_first());
                let further = further.filter(|(first, _)| **first == number).map(|(_, rest)| rest);
                match further.collect::<Vec<_>>().as_slice() {
                    [] => Value::Bytes(inner.to_vec()),
                    rests => Value::Message(self::fields(inner, rests)),
                }
            }
            wire => panic!("wire type {wire}"),
        };
        fields.push(Field { number, value });
    }
    fields
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (head, rest) = bytes.split_at(count);
    *bytes = rest;
    head
}

fn take_varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

/// Appends an integer.
pub fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The bytes of fields.
#[must_use]
pub fn encode(fields: &[Field]) -> Vec<u8> {
    let mut out = Vec::new();
    for Field { number, value } in fields {
        let key = |wire| number << 3 | wire;
        match value {
            Value::Varint(value) => {
                varint(key(0), &mut out);
                varint(*value, &mut out);
            }
            Value::Fixed32(bits) => {
                varint(key(5), &mut out);
                out.extend(bits.to_le_bytes());
            }
            Value::Fixed64(bits) => {
                varint(key(1), &mut out);
                out.extend(bits.to_le_bytes());
            }
            Value::Bytes(bytes) => {
                varint(key(2), &mut out);
                varint(bytes.len() as u64, &mut out);
                out.extend(bytes);
            }
            Value::Message(fields) => {
                let bytes = encode(fields);
                varint(key(2), &mut out);
                varint(bytes.len() as u64, &mut out);
                out.extend(bytes);
            }
        }
    }
    out
}
