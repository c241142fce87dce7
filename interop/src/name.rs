//! Names in JSON: classes and categories may be texts, numbers or truth values.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use chatsignal_core::limits;

/// A name.
#[derive(Debug)]
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl Visitor<'_> for Any {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a number")
    }

    fn visit_str<E>(self, text: &str) -> Result<Name, E> {
        Ok(Name(text.to_owned()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Name, E> {
        Ok(Name(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Name, E> {
        Ok(Name(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Name, E> {
        Ok(Name(number.to_string()))
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Name, E> {
        Ok(Name(if truth { "True" } else { "False" }.to_owned()))
    }
}

/// A list of unique names, at most as many as a feature may have categories.
#[derive(Debug, Default)]
pub(crate) struct Names(pub(crate) Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(List)
    }
}

struct List;

impl<'de> Visitor<'de> for List {
    type Value = Names;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of names")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Names, A::Error> {
        let mut names = Vec::new();
        while let Some(Name(name)) = list.next_element()? {
            if names.len() == limits::CATEGORIES_MAX {
                return Err(Error::custom("more than 4096 names"));
            }
            names.push(name);
        }
        names.shrink_to_fit();
        let mut sorted: Vec<&String> = names.iter().collect();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            None => Ok(Names(names)),
            Some(pair) => Err(Error::custom(format!("the name {:?} is there twice", pair[0]))),
        }
    }
}
