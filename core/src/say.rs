//! The texts of errors and names, piece by piece.
//!
//! `write!` brings the formatting code of the standard library (padding, signs, `dyn Display`) into
//! every module that is loaded over a network; a twentieth of the scoring module was that.

use core::fmt;

/// A piece of a text.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'a> {
    /// Words.
    Text(&'a str),
    /// A whole number.
    Number(u64),
    /// Sixteen hexadecimal digits.
    Hex(u64),
}

/// Writes the pieces one after another.
///
/// # Errors
/// When `out` does not take them.
#[inline(never)]
pub fn say(out: &mut dyn fmt::Write, pieces: &[Piece<'_>]) -> fmt::Result {
    pieces.iter().try_for_each(|piece| match *piece {
        Piece::Text(text) => out.write_str(text),
        Piece::Number(number) => digits(out, number, 10, 1),
        Piece::Hex(number) => digits(out, number, 16, 16),
    })
}

/// A number in a base of at most 16, of at least so many digits.
fn digits(out: &mut dyn fmt::Write, mut number: u64, base: u64, at_least: usize) -> fmt::Result {
    let mut digits = [b'0'; 20];
    let mut count = 0;
    for digit in digits.iter_mut().rev() {
        if number == 0 && count >= at_least {
            break;
        }
        let value = (number % base) as u8;
        *digit = value + if value < 10 { b'0' } else { b'a' - 10 };
        number /= base;
        count += 1;
    }
    let used = digits.get(digits.len() - count..).unwrap_or_default();
    out.write_str(core::str::from_utf8(used).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn says_what_the_standard_library_writes(number: u64, small in 0u64..20) {
            for number in [number, small, 0, u64::MAX] {
                let mut text = String::new();
                say(&mut text, &[Piece::Number(number), Piece::Text(" = "), Piece::Hex(number)]).unwrap();
                prop_assert_eq!(text, format!("{number} = {number:016x}"));
            }
        }
    }
}
