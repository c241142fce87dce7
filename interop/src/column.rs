//! Long lists of numbers from JSON, in pieces: they grow without being copied, so that memory stays
//! near what the numbers need.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

/// Entries of a piece.
const PIECE: usize = 4_096;

/// A list of numbers.
#[derive(Debug)]
pub(crate) struct Column<T> {
    pieces: Vec<Vec<T>>,
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self { pieces: Vec::new() }
    }
}

impl<T> Column<T> {
    /// Number of entries.
    pub(crate) fn len(&self) -> usize {
        match self.pieces.split_last() {
            None => 0,
            Some((last, full)) => full.len() * PIECE + last.len(),
        }
    }

    /// Appends an entry.
    pub(crate) fn push(&mut self, value: T) {
        match self.pieces.last_mut() {
            Some(last) if last.len() < PIECE => last.push(value),
            _ => self.pieces.push(vec![value]),
        }
    }

    /// An entry.
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.pieces.get(at / PIECE)?.get(at % PIECE)
    }

    /// All entries in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.pieces.iter().flatten()
    }
}

impl<T> IntoIterator for Column<T> {
    type Item = T;
    type IntoIter = core::iter::Flatten<vec::IntoIter<Vec<T>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.pieces.into_iter().flatten()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Column<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
            type Value = Column<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Column<T>, A::Error> {
                let mut column = Column::default();
                while let Some(value) = list.next_element()? {
                    column.push(value);
                }
                Ok(column)
            }
        }
        deserializer.deserialize_seq(List(PhantomData))
    }
}

/// A table of numbers: a list of rows, each a list of as many numbers, or of numbers alone.
#[derive(Debug, Default)]
pub(crate) struct Table {
    numbers: Column<f64>,
    /// Numbers of a row.
    pub(crate) width: usize,
}

impl Table {
    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.numbers.len().checked_div(self.width).unwrap_or(0)
    }

    /// A number.
    pub(crate) fn get(&self, row: usize, column: usize) -> f64 {
        self.number(row * self.width + column)
    }

    /// A number of all, row by row.
    pub(crate) fn number(&self, at: usize) -> f64 {
        self.numbers.get(at).copied().unwrap_or(f64::NAN)
    }
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Rows)
    }
}

struct Rows;

impl<'de> Visitor<'de> for Rows {
    type Value = Table;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of numbers or of lists of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Table, A::Error> {
        let mut table = Table::default();
        while let Some(width) = list.next_element_seed(Row(&mut table.numbers))? {
            if width == 0 || table.width != 0 && table.width != width {
                return Err(serde::de::Error::custom("rows must be equally long, and not empty"));
            }
            table.width = width;
        }
        Ok(table)
    }
}

/// Takes in one row and gives its width.
struct Row<'a>(&'a mut Column<f64>);

impl<'de> serde::de::DeserializeSeed<'de> for Row<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a list of numbers")
    }

    fn visit_f64<E>(self, number: f64) -> Result<usize, E> {
        self.0.push(number);
        Ok(1)
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<usize, E> {
        self.visit_f64(number as f64)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<usize, E> {
        self.visit_f64(number as f64)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<usize, A::Error> {
        let mut width = 0;
        while let Some(number) = list.next_element()? {
            self.0.push(number);
            width += 1;
        }
        Ok(width)
    }
}

/// One number, or a list of them.
pub(crate) fn one_or_more<'de, D: Deserializer<'de>>(input: D) -> Result<Column<f64>, D::Error> {
    let mut numbers = Column::default();
    input.deserialize_any(Row(&mut numbers))?;
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;

    #[test]
    fn pieces_make_one_list() {
        let text: String = (0..10_000).map(|i| format!("{i},")).collect();
        let text = format!("[{}]", text.trim_end_matches(','));
        let column: Column<u32> = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (column.len(), column.get(9_999), column.get(10_000)),
            (10_000, Some(&9_999), None)
        );
        assert!(column.iter().copied().eq(0..10_000));
    }

    #[test]
    fn rows_are_equally_long() {
        let table: Table = serde_json::from_str("[[1,2.5],[3,4]]").unwrap();
        assert_eq!((table.rows(), table.width, table.get(0, 1)), (2, 2, 2.5));
        let flat: Table = serde_json::from_str("[1,[2],3]").unwrap();
        assert_eq!((flat.rows(), flat.width), (3, 1));
        assert!(serde_json::from_str::<Table>("[[1],[2,3]]").is_err());
        assert!(serde_json::from_str::<Table>("[[]]").is_err());
    }
}
