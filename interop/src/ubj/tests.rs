//! Every type of value, and input that lies.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::*;
use crate::number::{List, Num, Text};

fn integers(bytes: &[u8]) -> Result<Vec<i64>, String> {
    use alloc::string::ToString;
    from_slice::<List<i64>>(bytes).map(|list| list.0).map_err(|error| error.to_string())
}

#[test]
fn integers_of_every_width_are_read() {
    let bytes = b"[i\xffU\xffI\x01\x00l\xff\xff\xff\xfeL\0\0\0\x01\0\0\0\0TFS\x55\x02-7]";
    assert_eq!(integers(bytes), Ok(vec![-1, 255, 256, -2, 1 << 32, 1, 0, -7]));
}

#[test]
fn containers_may_say_type_and_count() {
    assert_eq!(integers(b"[]"), Ok(vec![]));
    assert_eq!(integers(b"[#i\x02i\x05i\x06"), Ok(vec![5, 6]));
    assert_eq!(integers(b"[$I#i\x02\x00\x05\x01\x00"), Ok(vec![5, 256]));
    assert_eq!(integers(b"[NNi\x05Ni\x06N]"), Ok(vec![5, 6]));
    let floats = from_slice::<List<f32>>(b"[$d#L\0\0\0\0\0\0\0\x01\x3f\xc0\0\0").unwrap();
    assert_eq!(floats.0, [1.5]);
    let doubles = from_slice::<List<f32>>(b"[$D#i\x01\x3f\xf8\0\0\0\0\0\0").unwrap();
    assert_eq!(doubles.0, [1.5]);
}

#[derive(Debug, Deserialize, PartialEq)]
struct Thing {
    name: Text,
    size: Option<Num<u32>>,
}

#[test]
fn objects_are_read_and_unknown_keys_skipped() {
    let bytes = b"{i\x04nameSi\x01xi\x05other[{i\x01a[$i#i\x03\x01\x02\x03}Z]i\x04sizeSi\x0242}";
    let thing = from_slice::<Thing>(bytes).unwrap();
    assert_eq!(thing, Thing { name: Text("x".into()), size: Some(Num(42)) });
    let thing = from_slice::<Thing>(b"{#i\x02i\x04nameCxi\x04sizeZ").unwrap();
    assert_eq!(thing, Thing { name: Text("x".into()), size: None });
    let twice = from_slice::<Thing>(b"{i\x04nameCxi\x04nameCx}").unwrap_err();
    assert_eq!((twice.at, twice.reason.as_ref()), (Some(15), "duplicate field `name`"));
}

#[test]
fn input_that_lies_is_refused_with_its_place() {
    for (bytes, at, reason) in [
        (&b""[..], 0, "the input ends too early"),
        (b"[#L\x7f\xff\xff\xff\xff\xff\xff\xff", 11, "says it is longer"),
        (b"[$l#l\x40\0\0\0\0\0", 9, "says it is longer"),
        (b"[#i\xff", 4, "a length must be"),
        (b"[$T#i\x05", 3, "must hold numbers"),
        (b"[$[#i\x05", 3, "must hold numbers"),
        (b"[$i\x05]", 3, "must say its count"),
        (b"[i\x01", 3, "ends too early"),
        (b"[]x", 2, "bytes follow"),
        (b"Si\x01\xff", 4, "not UTF-8"),
        (b"?", 0, "no such type"),
    ] {
        let error = from_slice::<IgnoredAny>(bytes).map(|_| ()).unwrap_err();
        assert!(error.reason.contains(reason), "{bytes:?}: {error}");
        assert_eq!(error.at, Some(at), "{bytes:?}: {error}");
    }
    let deep = [b'['; 100_000];
    let error = from_slice::<IgnoredAny>(&deep).map(|_| ()).unwrap_err();
    assert!(error.reason.contains("nested too deeply"), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = from_slice::<IgnoredAny>(&bytes);
        let _ = from_slice::<List<f32>>(&bytes);
    }
}
