//! A document as UBJSON, written the way XGBoost writes it.

use serde_json::Value;

/// Appends a value; arrays of like numbers are typed.
pub(crate) fn encode(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(b'Z'),
        Value::Bool(flag) => out.push(if *flag { b'T' } else { b'F' }),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => {
                out.push(b'L');
                out.extend(whole.to_be_bytes());
            }
            None => {
                out.push(b'D');
                out.extend(number.as_f64().unwrap_or(f64::NAN).to_be_bytes());
            }
        },
        Value::String(text) => {
            out.push(b'S');
            key(text, out);
        }
        Value::Array(items) => array(items, out),
        Value::Object(fields) => {
            out.push(b'{');
            for (name, value) in fields {
                key(name, out);
                encode(value, out);
            }
            out.push(b'}');
        }
    }
}

fn key(text: &str, out: &mut Vec<u8>) {
    out.push(b'L');
    out.extend((text.len() as i64).to_be_bytes());
    out.extend(text.as_bytes());
}

fn array(items: &[Value], out: &mut Vec<u8>) {
    let whole: Option<Vec<i32>> =
        items.iter().map(|item| item.as_i64().and_then(|n| i32::try_from(n).ok())).collect();
    let real: Option<Vec<f64>> = items.iter().map(Value::as_f64).collect();
    out.push(b'[');
    let typed = match (&whole, &real) {
        (Some(_), _) => Some(b'l'),
        (None, Some(_)) => Some(b'd'),
        _ => None,
    };
    if let Some(marker) = typed {
        out.extend([b'$', marker]);
    }
    out.extend([b'#', b'L']);
    out.extend((items.len() as i64).to_be_bytes());
    match (whole, real) {
        (Some(whole), _) => whole.iter().for_each(|n| out.extend(n.to_be_bytes())),
        (None, Some(real)) => real.iter().for_each(|x| out.extend((*x as f32).to_be_bytes())),
        _ => items.iter().for_each(|item| encode(item, out)),
    }
}
