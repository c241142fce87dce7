//! Which trees are taken.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::schema::{Attributes, BoosterModel};
use crate::number::List;
use crate::{ImportError, TreeChoice};

/// The number of trees to take, from the first, and what to say about it.
pub(super) fn taken(
    choice: TreeChoice,
    attributes: &Attributes,
    model: &BoosterModel,
    groups: usize,
) -> Result<(usize, Vec<String>), ImportError> {
    let ends = iterations(model, groups)?;
    let all = ends.len();
    let best = attributes.best_iteration.as_ref().map(|text| {
        let iteration = text.0.trim().parse::<usize>().ok().filter(|best| *best < all);
        iteration.ok_or_else(|| {
            let rule = "must be the number of an iteration";
            ImportError::malformed("attributes.best_iteration", rule)
        })
    });
    let mut notes = Vec::new();
    let wanted = match (choice, best) {
        (TreeChoice::All, Some(Ok(best))) if best + 1 < all => {
            let first = best + 1;
            notes.push(format!(
                "early stopping noted iteration {best} as the best; all {all} are taken, as \
                 Booster.predict does (the choice `best` takes the first {first}, as \
                 XGBClassifier.predict does)"
            ));
            all
        }
        (TreeChoice::All, _) => all,
        (TreeChoice::Best, None) => {
            notes.push("no best iteration is noted: all are taken".into());
            all
        }
        (TreeChoice::Best, Some(best)) => {
            let first = best? + 1;
            notes.push(format!("the first {first} of {all} iterations are taken: up to the best"));
            first
        }
        (TreeChoice::First(first), _) => {
            if !(1..=all).contains(&first) {
                let found = format!("the first {first} iterations of {all}");
                return Err(ImportError::unsupported("trees", found));
            }
            notes.push(format!("the first {first} of {all} iterations are taken"));
            first
        }
    };
    let trees = wanted.checked_sub(1).and_then(|last| ends.get(last)).copied();
    Ok((trees.unwrap_or(0), notes))
}

/// Where each iteration ends in the list of trees.
fn iterations(model: &BoosterModel, groups: usize) -> Result<Vec<usize>, ImportError> {
    let trees = model.trees.list.len();
    let malformed = |rule| Err(ImportError::malformed("iteration_indptr", rule));
    if let Some(List(bounds)) = &model.iteration_indptr {
        let rising = bounds.windows(2).all(|pair| pair[0] < pair[1]);
        let whole = bounds.first() == Some(&0) && bounds.last().map(|&n| n as usize) == Some(trees);
        if !rising || !whole {
            return malformed("must rise from 0 to the number of trees");
        }
        return Ok(bounds[1..].iter().map(|&end| end as usize).collect());
    }
    // Older than 2.0: every iteration has one layer of trees.
    let parallel = model.gbtree_model_param.as_ref().map_or(1, |p| p.num_parallel_tree.0 as usize);
    let layer = parallel.max(1).saturating_mul(groups);
    if !trees.is_multiple_of(layer) {
        return malformed("is missing, and the trees are no whole number of iterations");
    }
    Ok((1..=trees / layer).map(|iteration| iteration * layer).collect())
}
