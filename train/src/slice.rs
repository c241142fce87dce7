//! Figures of parts of the held-out rows, and whether tiers order the outcomes.

use std::collections::BTreeMap;

use crate::evaluation::{Slice, TierCheck, TierRate};
use crate::metric;

/// Fewest held-out rows of a slice that is reported.
pub const SLICE_ROWS_MIN: usize = 100;
/// Fewest rows of a tier that takes part in the check of order.
const TIER_ROWS_MIN: usize = 20;

/// The part that a row belongs to, by dimension.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SliceKeys {
    /// Main language of the contact, where known.
    pub language: Option<String>,
    /// Country, where known.
    pub country: Option<String>,
    /// Source of the latest event.
    pub channel: &'static str,
    /// How long the contact has been known.
    pub tenure: &'static str,
}

impl SliceKeys {
    fn parts(&self) -> [(&'static str, Option<&str>); 4] {
        [
            ("language", self.language.as_deref()),
            ("country", self.country.as_deref()),
            ("channel", Some(self.channel)),
            ("tenure", Some(self.tenure)),
        ]
    }
}

/// Name of the tenure of a contact known for so many days.
#[must_use]
pub fn tenure(days: i64) -> &'static str {
    match days {
        ..30 => "under 30 days",
        30..90 => "30 to 89 days",
        90..180 => "90 to 179 days",
        180..365 => "180 to 364 days",
        _ => "a year or more",
    }
}

/// Every slice of at least [`SLICE_ROWS_MIN`] rows, in order of dimension and value, leaving out
/// dimensions that hold all rows in one part.
#[must_use]
pub fn slices(
    keys: &[SliceKeys],
    outcome: &[f64],
    positive: &[f64],
    probability: &[f64],
) -> Vec<Slice> {
    let mut parts: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
    for (row, key) in keys.iter().enumerate() {
        for (dimension, (_, value)) in key.parts().into_iter().enumerate() {
            if let Some(value) = value {
                parts.entry((dimension, value)).or_default().push(row);
            }
        }
    }
    let names = SliceKeys::default().parts().map(|(name, _)| name);
    parts
        .into_iter()
        .filter(|(_, rows)| rows.len() >= SLICE_ROWS_MIN && rows.len() < keys.len())
        .filter_map(|((dimension, value), rows)| {
            let pick = |values: &[f64]| rows.iter().map(|&i| values[i]).collect::<Vec<_>>();
            let (y, p, hit) = (pick(outcome), pick(probability), pick(positive));
            Some(Slice {
                dimension: names[dimension].to_owned(),
                value: value.to_owned(),
                rows: rows.len(),
                base_rate: hit.iter().sum::<f64>() / rows.len() as f64,
                auc: metric::auc(&hit, &p),
                log_loss: metric::log_loss(&y, &p)?,
                ece: metric::ece(&y, &p)?,
            })
        })
        .collect()
}

/// Tiers, best or riskiest first.
#[derive(Clone, Copy, Debug)]
pub struct TierNames<'a> {
    /// Names.
    pub names: &'a [&'a str],
    /// Probabilities between them, falling; one fewer than names.
    pub cutoffs: &'a [f64],
}

/// Rates of positives per tier. `groups` are the folds.
#[must_use]
pub fn tier_check(
    tiers: &TierNames<'_>,
    probability: &[f64],
    positive: &[f64],
    groups: &[u8],
) -> TierCheck {
    let TierNames { names, cutoffs } = *tiers;
    let rates = |rows: &[usize]| -> Vec<TierRate> {
        let mut counts = vec![(0usize, 0.0f64); names.len()];
        for &i in rows {
            let tier = cutoffs.iter().take_while(|cut| probability[i] < **cut).count();
            if let Some((rows, hits)) = counts.get_mut(tier) {
                *rows += 1;
                *hits += positive[i];
            }
        }
        let rate = |(rows, hits): (usize, f64)| if rows == 0 { 0.0 } else { hits / rows as f64 };
        names
            .iter()
            .zip(counts)
            .map(|(name, count)| TierRate {
                tier: (*name).to_owned(),
                rows: count.0,
                rate: rate(count),
            })
            .collect()
    };
    let ordered = |tiers: &[TierRate]| {
        let judged: Vec<f64> =
            tiers.iter().filter(|t| t.rows >= TIER_ROWS_MIN).map(|t| t.rate).collect();
        judged.windows(2).all(|pair| pair[0] >= pair[1])
    };
    let all: Vec<usize> = (0..probability.len()).collect();
    let tiers = rates(&all);
    let mut folds: Vec<u8> = groups.to_vec();
    folds.sort_unstable();
    folds.dedup();
    let in_order = |fold: &&u8| {
        let rows: Vec<usize> = all.iter().copied().filter(|&i| groups[i] == **fold).collect();
        ordered(&rates(&rows))
    };
    TierCheck {
        monotone: ordered(&tiers),
        monotone_folds: folds.iter().filter(in_order).count(),
        folds: folds.len(),
        tiers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_need_rows_and_a_counterpart() {
        let key = |language: &str| SliceKeys {
            language: Some(language.to_owned()),
            channel: "api",
            tenure: tenure(100),
            ..SliceKeys::default()
        };
        let keys: Vec<SliceKeys> = (0..350)
            .map(|i| {
                key(if i < 200 {
                    "pt"
                } else if i < 300 {
                    "en"
                } else {
                    "de"
                })
            })
            .collect();
        let positive: Vec<f64> = (0..350).map(|i| f64::from(u8::from(i % 2 == 0))).collect();
        let found = slices(&keys, &positive, &positive, &[0.5; 350]);
        let names: Vec<&str> = found.iter().map(|s| s.value.as_str()).collect();
        assert_eq!(names, ["en", "pt"]);
        assert_eq!((found[1].rows, found[1].base_rate, found[1].auc), (200, 0.5, Some(0.5)));
        assert!((found[0].log_loss - 2f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn tiers_are_counted_and_their_order_is_checked() {
        let names = ["hot", "warm", "cold"];
        let p: Vec<f64> = (0..120).map(|i| f64::from(i) / 120.0).collect();
        let rising: Vec<f64> = p.iter().map(|p| f64::from(u8::from(*p > 0.6))).collect();
        let groups: Vec<u8> = (0..120).map(|i| (i % 2) as u8).collect();
        let tiers = TierNames { names: &names, cutoffs: &[0.75, 0.25] };
        let check = tier_check(&tiers, &p, &rising, &groups);
        assert_eq!(check.tiers.iter().map(|t| t.rows).collect::<Vec<_>>(), [30, 60, 30]);
        assert!(check.monotone && check.tiers[0].rate == 1.0);
        let falling: Vec<f64> = rising.iter().map(|y| 1.0 - y).collect();
        assert!(!tier_check(&tiers, &p, &falling, &groups).monotone);
        assert_eq!((check.folds, check.monotone_folds), (2, 2));
    }

    #[test]
    fn tenures_cover_every_age() {
        for (days, name) in
            [(-1, "under 30 days"), (30, "30 to 89 days"), (9_999, "a year or more")]
        {
            assert_eq!(tenure(days), name);
        }
    }
}
