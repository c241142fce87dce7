//! What pandas calls the categories: the last line of the file holds the lists of names, the
//! parameters the features that they belong to. The position of a name is its code.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use chatsignal_core::limits;

use super::features::Features;
use super::lines::Line;
use crate::column::Column;
use crate::name::Names;

/// The names of the categories of some features.
#[derive(Debug, Default)]
pub(super) struct Categories {
    /// Feature and its categories.
    pub(super) lists: Vec<(usize, Vec<String>)>,
}

/// The lines behind the trees that tell of categories.
#[derive(Debug, Default)]
pub(super) struct Footer<'a> {
    features: Option<&'a str>,
    names: Option<&'a str>,
}

impl<'a> Footer<'a> {
    /// Takes in a line behind the trees.
    pub(super) fn take(&mut self, line: Line<'a>) {
        if let Some(rest) = line.text.strip_prefix("[categorical_feature:") {
            self.features = Some(rest.trim_end_matches(']').trim());
        } else if let Some(rest) = line.text.strip_prefix("pandas_categorical:") {
            self.names = Some(rest.trim()).filter(|names| !matches!(*names, "null" | "[]" | ""));
        }
    }

    /// The categories, where lists and features agree; else none and a note of why.
    pub(super) fn categories(
        self,
        features: &Features,
        count: usize,
    ) -> (Categories, Option<String>) {
        let Some(names) = self.names else { return (Categories::default(), None) };
        match matched(names, self.features.unwrap_or(""), features, count) {
            Ok(categories) => (categories, None),
            Err(why) => {
                let note = format!(
                    "pandas_categorical: {why}, so the names of categories were left out; rows \
                     must hold pandas' category codes"
                );
                (Categories::default(), Some(note))
            }
        }
    }
}

fn matched(
    names: &str,
    numbers: &str,
    features: &Features,
    count: usize,
) -> Result<Categories, &'static str> {
    let numbers: Result<Vec<usize>, _> =
        numbers.split(',').filter(|n| !n.is_empty()).map(|n| n.trim().parse()).collect();
    let numbers = numbers.map_err(|_| "the parameter categorical_feature holds no numbers")?;
    let rises = numbers.windows(2).all(|pair| pair[0] < pair[1]);
    if !rises || numbers.last().is_some_and(|&last| last >= count) {
        return Err("the parameter categorical_feature holds no numbers of features in order");
    }
    if !(0..count).all(|j| !features.is_code(j) || numbers.binary_search(&j).is_ok()) {
        return Err("the parameter categorical_feature lacks a feature that is split by category");
    }
    let lists: Column<Names> =
        serde_json::from_str(names).map_err(|_| "it is no list of lists of unique names")?;
    if lists.len() != numbers.len() {
        return Err("it has more or fewer lists than there are categorical features");
    }
    let mut categories = Categories { lists: Vec::with_capacity(lists.len()) };
    for (j, Names(list)) in numbers.into_iter().zip(lists) {
        if list.len() < features.codes(j) {
            return Err("a split knows more categories than their list");
        }
        let sound = |name: &String| (1..=limits::NAME_BYTES_MAX).contains(&name.len());
        if list.len() == limits::CATEGORIES_MAX || !list.iter().all(sound) {
            return Err("a list has more than 4095 names, or a name is empty or above 256 bytes");
        }
        categories.lists.push((j, list));
    }
    Ok(categories)
}
