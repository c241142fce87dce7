//! The wire format of protocol buffers, as much of it as ONNX needs. Nothing is copied: messages,
//! texts and lists are parts of the file.

use alloc::format;
use core::marker::PhantomData;

use crate::ImportError;

/// A message, or the content of a packed list or text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    bytes: &'a [u8],
    /// Where it begins in the file.
    start: usize,
}

/// The value of a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    /// An integer.
    Varint(u64),
    /// Eight bytes; no field that matters has them.
    Fixed64,
    /// A text, a message or a packed list.
    Bytes(Message<'a>),
    /// Four bytes.
    Fixed32(u32),
}

impl<'a> Message<'a> {
    /// The message that a whole file is.
    pub(super) fn of_file(bytes: &'a [u8]) -> Self {
        Self { bytes, start: 0 }
    }

    /// A message without a field.
    pub(super) fn empty(self) -> Self {
        Self { bytes: &[], ..self }
    }

    /// An error at its first byte.
    pub(super) fn fault(&self, reason: &'static str) -> ImportError {
        ImportError::malformed(format!("byte {}", self.start), reason)
    }

    /// Its fields, in order.
    pub(super) fn fields(self) -> Fields<'a> {
        Fields { rest: self }
    }

    /// The bytes as a text.
    pub(super) fn text(self) -> Result<&'a str, ImportError> {
        core::str::from_utf8(self.bytes).map_err(|_| self.fault("not UTF-8 text"))
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], ImportError> {
        let Some((head, rest)) = self.bytes.split_at_checked(count) else {
            return Err(self.fault("the file ends within a field, or a length is too large"));
        };
        self.bytes = rest;
        self.start += count;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ImportError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn varint(&mut self) -> Result<u64, ImportError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.fault("an integer of more than ten bytes"))
    }
}

/// The fields of a message. Ends after an error.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    rest: Message<'a>,
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Result<(u64, Value<'a>), ImportError> {
        let key = self.rest.varint()?;
        let value = match key & 7 {
            0 => Value::Varint(self.rest.varint()?),
            1 => {
                self.rest.take(8)?;
                Value::Fixed64
            }
            2 => {
                let length = self.rest.varint()?;
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                let start = self.rest.start;
                Value::Bytes(Message { bytes: self.rest.take(length)?, start })
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.rest.array()?)),
            _ => return Err(self.rest.fault("not a field of a protocol buffer")),
        };
        Ok((key >> 3, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.bytes.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest.bytes = &[];
        }
        Some(field)
    }
}

/// A number in a list.
pub(super) trait Scalar: Sized {
    /// From a field of its own.
    fn alone(value: Value<'_>) -> Option<Self>;
    /// The next one of a packed list.
    fn packed(list: &mut Message<'_>) -> Result<Self, ImportError>;
}

impl Scalar for i64 {
    fn alone(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Varint(value) => Some(value as Self),
            _ => None,
        }
    }

    fn packed(list: &mut Message<'_>) -> Result<Self, ImportError> {
        list.varint().map(|value| value as Self)
    }
}

impl Scalar for f32 {
    fn alone(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Fixed32(bits) => Some(Self::from_bits(bits)),
            _ => None,
        }
    }

    fn packed(list: &mut Message<'_>) -> Result<Self, ImportError> {
        list.array().map(Self::from_le_bytes)
    }
}

/// A list of numbers: each in a field of its own, or packed together, or both. Ends after an error.
#[derive(Clone, Debug)]
pub(super) struct Numbers<'a, T> {
    fields: Fields<'a>,
    number: u64,
    packed: Message<'a>,
    kind: PhantomData<T>,
}

impl<'a, T: Scalar> Numbers<'a, T> {
    /// The numbers in the fields `number` of a message.
    pub(super) fn of(message: Message<'a>, number: u64) -> Self {
        let packed = Message { bytes: &[], ..message };
        Self { fields: message.fields(), number, packed, kind: PhantomData }
    }

    /// The numbers that fill these bytes.
    pub(super) fn packed_in(packed: Message<'a>) -> Self {
        Self { fields: packed.empty().fields(), number: 0, packed, kind: PhantomData }
    }

    fn step(&mut self) -> Result<Option<T>, ImportError> {
        while self.packed.bytes.is_empty() {
            match self.fields.next().transpose()? {
                None => return Ok(None),
                Some((number, _)) if number != self.number => {}
                Some((_, Value::Bytes(packed))) => self.packed = packed,
                Some((_, value)) => {
                    let fault = || self.packed.fault("a number of the wrong type");
                    return T::alone(value).ok_or_else(fault).map(Some);
                }
            }
        }
        T::packed(&mut self.packed).map(Some)
    }
}

impl<T: Scalar> Iterator for Numbers<'_, T> {
    type Item = Result<T, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step();
        if step.is_err() {
            self.packed.bytes = &[];
            self.fields.rest.bytes = &[];
        }
        step.transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn lists_may_be_packed_or_not() {
        // Field 8: 1, then 150 and -1 packed, then 2.
        let packed = [0x96, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        let mut bytes = Vec::from([0x40, 1, 0x42, packed.len() as u8]);
        bytes.extend(packed);
        bytes.extend([0x40, 2]);
        let list: Result<Vec<i64>, _> = Numbers::of(Message::of_file(&bytes), 8).collect();
        assert_eq!(list, Ok(Vec::from([1, 150, -1, 2])));
        let floats: Result<Vec<f32>, _> = Numbers::of(Message::of_file(&bytes), 8).collect();
        assert!(floats.is_err());
    }

    #[test]
    fn lengths_are_held_against_the_file() {
        for bytes in
            [&[0x0a, 5, 1][..], &[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], &[0x08], &[0x0b]]
        {
            assert!(Message::of_file(bytes).fields().any(|field| field.is_err()), "{bytes:?}");
        }
        let endless = [0x80; 12];
        assert!(Message::of_file(&endless).fields().next().is_some_and(|field| field.is_err()));
    }
}
