//! Damaged model files: what any reader must refuse, or read as a sound model.

use chatsignal_core::testing::model::Rng;
use serde_json::{Value, json};

/// Numbers that readers stumble over.
const NUMBERS: [f64; 14] = [
    -1.0,
    0.0,
    1.0,
    2.0,
    -2.0,
    0.5,
    4_095.0,
    65_536.0,
    2_147_483_647.0,
    -2_147_483_648.0,
    4_294_967_296.0,
    9e18,
    1e39,
    -1e300,
];

/// How many values a document holds, itself included.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(fields) => fields.values().map(size).sum(),
        _ => 0,
    }
}

/// The value of number `at`, counted depth first.
fn find(value: &mut Value, at: usize) -> &mut Value {
    if at == 0 {
        return value;
    }
    let mut left = at - 1;
    let inner: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(fields) => fields.values_mut().collect(),
        _ => Vec::new(),
    };
    for value in inner {
        let size = size(value);
        if left < size {
            return find(value, left);
        }
        left -= size;
    }
    unreachable!("the place lies within the document")
}

fn number(rng: &mut Rng) -> Value {
    let number = NUMBERS[rng.below(NUMBERS.len())];
    if number.fract() == 0.0 && number.abs() < 9e15 {
        return json!(number as i64);
    }
    json!(number)
}

/// Changes one to three places of a document in one of ten ways.
#[must_use]
pub fn structured(rng: &mut Rng, document: &Value) -> Value {
    let mut mutant = document.clone();
    for _ in 0..1 + rng.below(3) {
        let whole = size(&mutant);
        let donor = find(&mut mutant, rng.below(whole)).clone();
        // Arrays are many, scalars more: whole objects get their share.
        let mut place = find(&mut mutant, rng.below(whole));
        for _ in 0..rng.below(4) {
            if place.is_array() || place.is_object() {
                break;
            }
            place = find(&mut mutant, rng.below(whole));
        }
        mutate(rng, place, donor);
    }
    mutant
}

fn mutate(rng: &mut Rng, place: &mut Value, donor: Value) {
    match (rng.below(10), &mut *place) {
        (0, Value::Object(fields)) if !fields.is_empty() => {
            let key = fields.keys().nth(rng.below(fields.len())).cloned().unwrap_or_default();
            fields.remove(&key);
        }
        (1, Value::Array(items)) => items.truncate(rng.below(items.len() + 1)),
        (2, Value::Array(items)) => {
            items.insert(rng.below(items.len() + 1), number(rng));
        }
        (3, Value::Array(items)) if items.len() > 1 => {
            let (a, b) = (rng.below(items.len()), rng.below(items.len()));
            items.swap(a, b);
        }
        (4, Value::Array(items)) if !items.is_empty() => {
            let at = rng.below(items.len());
            items[at] = number(rng);
        }
        (5, Value::Array(items)) if !items.is_empty() => {
            let at = rng.below(items.len());
            items[at] = json!(rng.below(40));
        }
        (6, Value::String(text)) => *text = number(rng).to_string(),
        (7, value) => *value = donor,
        (8, value) => {
            let other = [json!(null), json!(true), json!(""), json!("x"), json!([]), json!({})];
            *value = other[rng.below(other.len())].clone();
        }
        (_, value) => *value = number(rng),
    }
}

/// Changes the bytes of a file in one of six ways.
#[must_use]
pub fn bytes(rng: &mut Rng, file: &[u8]) -> Vec<u8> {
    let mut mutant = file.to_vec();
    for _ in 0..1 + rng.below(3) {
        let at = rng.below(mutant.len());
        if mutant.is_empty() {
            break;
        }
        match rng.below(6) {
            0 => mutant.truncate(at),
            1 => mutant[at] ^= 1 << rng.below(8),
            2 => mutant[at] = b"[]{}$#LliUSdDN\"\\,:0-9"[rng.below(21)],
            3 => {
                // A length that lies.
                let lie = [u64::MAX, 1 << 40, 1 << 31, 65_536, 0][rng.below(5)].to_be_bytes();
                let end = (at + 8).min(mutant.len());
                mutant[at..end].copy_from_slice(&lie[..end - at]);
            }
            4 => {
                let end = (at + 1 + rng.below(64)).min(mutant.len());
                let piece = mutant[at..end].to_vec();
                let to = rng.below(mutant.len());
                mutant.splice(to..to, piece);
            }
            _ => {
                let end = (at + 1 + rng.below(64)).min(mutant.len());
                mutant.drain(at..end);
            }
        }
    }
    mutant
}

/// Values that the readers of a LightGBM text stumble over.
const HOSTILE: [&str; 18] = [
    "",
    "0",
    "1",
    "-1",
    "2",
    "64",
    "4095",
    "4294967295",
    "4294967296",
    "-9223372036854775808",
    "18446744073709551616",
    "1e-40",
    "1e400",
    "-1e308",
    "nan",
    "inf",
    "-inf",
    "=",
];

/// Damages one thing of a LightGBM text: a value, a line, a byte or the end.
#[must_use]
pub fn lightgbm_text(rng: &mut Rng, text: &str) -> Vec<u8> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // The parameters at the end of the file say little.
    let end = lines.iter().position(|line| line == "end of trees").unwrap_or(lines.len());
    let at = rng.below(end);
    match rng.below(8) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, text.lines().nth(rng.below(end)).unwrap_or("").to_owned()),
        2 => lines.swap(at, rng.below(end)),
        3 => {
            let mut bytes = text.as_bytes().to_vec();
            let at = rng.below(bytes.len());
            bytes[at] ^= 1 << rng.below(8);
            return bytes;
        }
        4 => lines.truncate(at),
        _ => {
            let (key, values) = lines[at].split_once('=').unwrap_or((&lines[at], ""));
            let mut values: Vec<&str> = values.split(' ').collect();
            let which = rng.below(values.len());
            match rng.below(6) {
                0 => drop(values.remove(which)),
                1 => values.push(values[which]),
                _ => values[which] = HOSTILE[rng.below(HOSTILE.len())],
            }
            lines[at] = format!("{key}={}", values.join(" "));
        }
    }
    lines.join("\n").into_bytes()
}
