//! Hold-out and folds, seeded (scikit-learn's names).

use crate::error::{FitError, require};
use crate::random;

/// Row numbers of one round of validation, both rising.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Rows to learn from.
    pub train: Vec<usize>,
    /// Rows to judge on.
    pub test: Vec<usize>,
}

/// A random `share` of `rows` as test rows (rounded up), the rest to train.
///
/// # Errors
/// [`FitError::Parameter`] if the share or the number of rows leaves a side empty.
pub fn train_test_split(rows: usize, share: f64, seed: u64) -> Result<Fold, FitError> {
    let test = (share * rows as f64).ceil();
    require(
        test >= 1.0 && test < rows as f64,
        "test_share",
        share,
        "between 0 and 1, with at least one row on each side",
    )?;
    let mut order: Vec<usize> = (0..rows).collect();
    random::shuffle(&mut random::generator(seed, 0), &mut order);
    let mut in_test = vec![false; rows];
    order[..test as usize].iter().for_each(|&i| in_test[i] = true);
    let (test, train) = (0..rows).partition(|&i| in_test[i]);
    Ok(Fold { train, test })
}

/// `k` folds of shuffled rows; sizes differ by at most one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KFold {
    k: usize,
    seed: u64,
}

impl KFold {
    /// # Errors
    /// [`FitError::Parameter`] unless `k >= 2`.
    pub fn new(k: usize, seed: u64) -> Result<Self, FitError> {
        require(k >= 2, "folds", k, "at least 2")?;
        Ok(Self { k, seed })
    }

    /// The folds of `rows` rows.
    ///
    /// # Errors
    /// [`FitError::TooFewRows`] if there are fewer rows than folds.
    pub fn split(&self, rows: usize) -> Result<Vec<Fold>, FitError> {
        if rows < self.k {
            return Err(FitError::TooFewRows { found: rows, required: self.k });
        }
        let mut fold = vec![0; rows];
        let order: Vec<usize> = (0..rows).collect();
        self.deal(order, &mut fold, 0);
        Ok(self.folds(&fold))
    }

    /// Deals shuffled rows to folds in turn, starting at `first`; returns where it stopped.
    fn deal(&self, mut rows: Vec<usize>, fold: &mut [usize], first: usize) -> usize {
        let mut rng = random::generator(self.seed, first as u64);
        random::shuffle(&mut rng, &mut rows);
        for (i, &row) in rows.iter().enumerate() {
            fold[row] = (first + i) % self.k;
        }
        (first + rows.len()) % self.k
    }

    fn folds(&self, fold: &[usize]) -> Vec<Fold> {
        (0..self.k)
            .map(|k| {
                let (test, train) = (0..fold.len()).partition(|&i| fold[i] == k);
                Fold { train, test }
            })
            .collect()
    }
}

/// `k` folds in each of which the shares of the two classes are as in the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StratifiedKFold(KFold);

impl StratifiedKFold {
    /// # Errors
    /// [`FitError::Parameter`] unless `k >= 2`.
    pub fn new(k: usize, seed: u64) -> Result<Self, FitError> {
        KFold::new(k, seed).map(Self)
    }

    /// The folds of rows with binary targets `y` (above 0.5 = positive).
    ///
    /// # Errors
    /// [`FitError::TooFewRows`] if a class has fewer rows than there are folds.
    pub fn split(&self, y: &[f64]) -> Result<Vec<Fold>, FitError> {
        let (positive, negative): (Vec<usize>, _) = (0..y.len()).partition(|&i| y[i] > 0.5);
        let least = positive.len().min(negative.len());
        if least < self.0.k {
            return Err(FitError::TooFewRows { found: least, required: self.0.k });
        }
        let mut fold = vec![0; y.len()];
        let next = self.0.deal(negative, &mut fold, 0);
        self.0.deal(positive, &mut fold, next);
        Ok(self.0.folds(&fold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatsignal_core::testing::cases;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn folds_partition_the_rows(rows in 2usize..200, k in 2usize..8, seed: u64) {
            prop_assume!(rows >= k);
            let folds = KFold::new(k, seed).unwrap().split(rows).unwrap();
            let mut seen = vec![0; rows];
            for fold in &folds {
                prop_assert_eq!(fold.train.len() + fold.test.len(), rows);
                prop_assert!(fold.test.len() >= rows / k && fold.test.len() <= rows / k + 1);
                fold.test.iter().for_each(|&i| seen[i] += 1);
            }
            prop_assert!(seen.iter().all(|&n| n == 1));
        }

        #[test]
        fn stratified_folds_keep_the_shares(seed: u64, positives in 10usize..90) {
            let y: Vec<f64> = (0..100).map(|i| f64::from(i < positives)).collect();
            for fold in StratifiedKFold::new(5, seed).unwrap().split(&y).unwrap() {
                let found = fold.test.iter().filter(|&&i| y[i] > 0.5).count();
                prop_assert!(found.abs_diff(positives / 5) <= 1);
                prop_assert!(fold.test.len().abs_diff(20) <= 1);
            }
        }
    }

    #[test]
    fn hold_out_has_the_share_asked_for() {
        let fold = train_test_split(10, 0.25, 3).unwrap();
        assert_eq!((fold.train.len(), fold.test.len()), (7, 3));
        assert_eq!(fold, train_test_split(10, 0.25, 3).unwrap());
        assert_ne!(fold, train_test_split(10, 0.25, 4).unwrap());
    }

    #[test]
    fn impossible_splits_are_errors() {
        for share in [0.0, 1.0, -1.0, 2.0, f64::NAN] {
            assert!(train_test_split(10, share, 0).is_err(), "{share}");
        }
        assert!(train_test_split(1, 0.5, 0).is_err());
        assert!(KFold::new(1, 0).is_err());
        assert!(KFold::new(3, 0).unwrap().split(2).is_err());
        assert!(StratifiedKFold::new(2, 0).unwrap().split(&[1.0, 1.0, 1.0]).is_err());
    }
}
