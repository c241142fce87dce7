//! Texts of a form that is checked where they are read, and the rules between the fields of a request.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

use crate::error::{ErrorCode, Problem};

/// Makes texts of a type of their own: nothing is read that has not the form, and what is refused is
/// not repeated in the error, since it may be a person's message.
macro_rules! checked_text {
    ($($name:ident = $form:expr, $chars_max:expr, $rule:literal, $about:literal;)+) => {$(
        #[doc = $about]
        #[doc = ""]
        #[doc = $rule]
        #[derive(
            Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        #[serde(try_from = "alloc::string::String", into = "alloc::string::String")]
        pub struct $name(alloc::string::String);

        impl $name {
            /// The text, when it has the form.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::try_from(alloc::string::String::from(text)).ok()
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<alloc::string::String> for $name {
            type Error = &'static str;

            fn try_from(text: alloc::string::String) -> Result<Self, &'static str> {
                let form: fn(&str) -> bool = $form;
                if $crate::checked::at_most(&text, $chars_max) && form(&text) {
                    return Ok(Self(text));
                }
                Err($rule)
            }
        }

        impl From<$name> for alloc::string::String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let form: fn(&str) -> bool = $form;
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .min_length(Some(usize::from(!form(""))))
                    .max_length(Some($chars_max))
                    .description(Some(concat!($about, " ", $rule)))
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {
            fn name() -> alloc::borrow::Cow<'static, str> {
                alloc::borrow::Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

pub(crate) use checked_text;

/// Whether a text has at most so many characters.
pub(crate) fn at_most(text: &str, chars_max: usize) -> bool {
    text.len() <= chars_max || text.chars().nth(chars_max).is_none()
}

/// Whether the rules hold; the first that does not, with every place where it does not.
pub type Checked = Result<(), Box<Problem>>;

/// What is wrong in one place.
pub(crate) fn wrong(code: ErrorCode, at: String, detail: impl Into<String>) -> Checked {
    Err(Box::new(Problem::new(code).at(at, detail)))
}

/// A request whose fields are checked against each other once each of them has been read.
pub trait Check {
    /// Looks at the whole; `items_max` is the most items of one batch.
    ///
    /// # Errors
    /// The first rule that does not hold, with the JSON pointers of every place where it does not.
    fn check(&self, items_max: usize) -> Checked;
}

/// Exactly one of several fields must be given.
pub(crate) fn exactly_one(fields: &[(&str, bool)]) -> Checked {
    let mut given = fields.iter().filter(|(_, given)| *given);
    if given.next().is_some() && given.next().is_none() {
        return Ok(());
    }
    let problem = Problem::new(ErrorCode::MissingField);
    let problem = fields.iter().fold(problem, |problem, (name, _)| {
        problem.at(format!("/{name}"), "exactly one of the fields named here is needed")
    });
    Err(Box::new(problem))
}

/// A list must have items, and not too many.
pub(crate) fn batch(name: &str, items: usize, items_max: usize) -> Checked {
    if (1..=items_max).contains(&items) {
        return Ok(());
    }
    let at = format!("/{name}");
    if items == 0 {
        return wrong(ErrorCode::InvalidField, at, "has at least one item");
    }
    let detail = format!("{items} items; a batch has at most {items_max}");
    wrong(ErrorCode::BatchTooLarge, at, detail)
}

/// A short list must have items, not too many, and none of them twice.
pub(crate) fn distinct<T: PartialEq>(name: &str, items: &[T], items_max: usize) -> Checked {
    if items.is_empty() || items.len() > items_max {
        let detail = format!("has 1 to {items_max} items");
        return wrong(ErrorCode::InvalidField, format!("/{name}"), detail);
    }
    let again = (1..items.len()).find(|&at| items[..at].contains(&items[at]));
    again.map_or(Ok(()), |at| {
        wrong(ErrorCode::InvalidField, format!("/{name}/{at}"), "is there twice")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_several_is_one() {
        assert!(exactly_one(&[("a", true), ("b", false)]).is_ok());
        for given in [[false, false], [true, true]] {
            let problem = exactly_one(&[("a", given[0]), ("b", given[1])]).expect_err("not one");
            assert_eq!(problem.code, ErrorCode::MissingField);
            assert_eq!(problem.errors.len(), 2);
        }
    }

    #[test]
    fn lists_are_counted() {
        let code = |outcome: Checked| outcome.err().map(|problem| problem.code);
        assert_eq!(code(batch("texts", 3, 3)), None);
        assert_eq!(code(batch("texts", 4, 3)), Some(ErrorCode::BatchTooLarge));
        assert_eq!(code(batch("texts", 0, 3)), Some(ErrorCode::InvalidField));
        assert_eq!(code(distinct("to", &[1, 2], 2)), None);
        for items in [&[][..], &[1, 2, 3], &[1, 1]] {
            assert_eq!(code(distinct("to", items, 2)), Some(ErrorCode::InvalidField));
        }
    }

    #[test]
    fn characters_are_counted_not_bytes() {
        assert!(at_most("äöü", 3));
        assert!(!at_most("äöüß", 3));
        assert!(at_most("", 0));
    }
}
