//! The types of UBJSON values.

/// A type, by the byte that stands before the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    Null,
    True,
    False,
    Int8,
    Uint8,
    Int16,
    Int32,
    Int64,
    Float32,
    Float64,
    Char,
    Text,
    /// A number of any precision, as text.
    Decimal,
    Array,
    Object,
}

impl Marker {
    const ALL: [(u8, Self); 15] = [
        (b'Z', Self::Null),
        (b'T', Self::True),
        (b'F', Self::False),
        (b'i', Self::Int8),
        (b'U', Self::Uint8),
        (b'I', Self::Int16),
        (b'l', Self::Int32),
        (b'L', Self::Int64),
        (b'd', Self::Float32),
        (b'D', Self::Float64),
        (b'C', Self::Char),
        (b'S', Self::Text),
        (b'H', Self::Decimal),
        (b'[', Self::Array),
        (b'{', Self::Object),
    ];

    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.iter().find(|(b, _)| *b == byte).map(|(_, marker)| *marker)
    }

    pub(super) fn byte(self) -> u8 {
        Self::ALL[self as usize].0
    }

    /// Bytes of a value whose length its type alone tells, and is not 0: what a typed container
    /// may hold.
    pub(super) fn fixed_bytes(self) -> Option<usize> {
        match self {
            Self::Int8 | Self::Uint8 | Self::Char => Some(1),
            Self::Int16 => Some(2),
            Self::Int32 | Self::Float32 => Some(4),
            Self::Int64 | Self::Float64 => Some(8),
            _ => None,
        }
    }
}
