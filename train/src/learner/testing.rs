//! Tables that the tests of learners share.

use chatsignal_core::model::{FeatureKind, FeatureMeta, FeatureSchema};

use crate::dataset::{Dataset, Task};
use crate::random;

/// A seeded table: `x0`, `x1`, `x2` uniform in [-1, 1], `x1` missing in a fifth of the rows, and
/// one feature `c` of 12 categories. The target follows x0 (rising), x1 and some categories.
pub(crate) fn table(rows: usize, task: Task, seed: u64) -> Dataset {
    let mut rng = random::generator(seed, 0);
    let mut schema = FeatureSchema::numeric(["x0", "x1", "x2"]);
    let categories = (0..12).map(|c| format!("c{c}")).collect();
    schema
        .features
        .push(FeatureMeta { name: "c".into(), kind: FeatureKind::Categorical { categories } });
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let mut uniform = || random::unit(&mut rng) * 2.0 - 1.0;
        let (a, b, c, noise) = (uniform(), uniform(), uniform(), uniform());
        let missing = uniform() > 0.6;
        let code = ((uniform() + 1.0) * 6.0) as usize % 12;
        let effect = if code.is_multiple_of(3) { 1.0 } else { -0.5 };
        let margin = 2.0 * a + if missing { 0.7 } else { b * b } + effect;
        x.extend([a as f32, if missing { f32::NAN } else { b as f32 }, c as f32, code as f32]);
        y.push(match task {
            Task::Regression => margin + 0.3 * noise,
            Task::Binary => f64::from(u8::from(margin + noise > 0.3)),
        });
    }
    Dataset { schema, x, y, weight: None }
}

/// Tables with something odd in them, by name. Learners must fit them or refuse them by a typed
/// error.
pub(crate) fn odd_tables(task: Task) -> Vec<(&'static str, Dataset)> {
    let sound = || table(60, task, 5);
    let spoilt = |name, spoil: fn(&mut Dataset)| {
        let mut data = sound();
        spoil(&mut data);
        (name, data)
    };
    let nan = f32::NAN;
    let all_nan: fn(&mut Dataset) = |d| d.x.chunks_mut(4).for_each(|r| r[0] = f32::NAN);
    let mut tables = vec![
        spoilt("an all-missing column", all_nan),
        spoilt("a constant column", |d| d.x.chunks_mut(4).for_each(|r| r[0] = 7.5)),
        spoilt("two values far apart", |d| {
            d.x.chunks_mut(4).enumerate().for_each(|(i, r)| r[0] = [f32::MIN, f32::MAX][i % 2]);
        }),
        spoilt("only missing and one value", |d| {
            d.x.chunks_mut(4).enumerate().for_each(|(i, r)| r[0] = [f32::NAN, 1.0][i % 2]);
        }),
        spoilt("huge weights", |d| {
            d.weight = Some((0..60).map(|i| if i % 7 == 0 { 1e12 } else { 1.0 }).collect());
        }),
        spoilt("many zero weights", |d| {
            d.weight = Some((0..60).map(|i| f64::from(u8::from(i % 7 == 0))).collect());
        }),
        spoilt("one category only", |d| d.x.chunks_mut(4).for_each(|r| r[3] = 2.0)),
    ];
    let mut duplicates = sound().select(&[0; 40]);
    duplicates.y.iter_mut().enumerate().for_each(|(i, y)| *y = (i % 2) as f64);
    tables.push(("duplicate rows of two targets", duplicates));
    let mut missing = sound();
    missing.x.fill(nan);
    tables.push(("nothing but missing", missing));
    let mut pair = sound().select(&[0, 1]);
    pair.y = vec![0.0, 1.0];
    tables.push(("two rows", pair));
    tables
}

/// Tables that every learner must refuse.
pub(crate) fn refused_tables(task: Task) -> Vec<(&'static str, Dataset)> {
    let sound = || table(60, task, 5);
    let mut constant = sound();
    constant.y.fill(1.0);
    let mut infinite = sound();
    infinite.x[8] = f32::INFINITY;
    let mut unknown_code = sound();
    unknown_code.x[3] = 99.0;
    let mut nan_target = sound();
    nan_target.y[3] = f64::NAN;
    let mut short = sound();
    short.x.pop();
    let mut no_features = sound();
    no_features.schema.features.clear();
    no_features.x.clear();
    vec![
        ("no rows", sound().select(&[])),
        ("one row", sound().select(&[3])),
        ("a constant target", constant),
        ("an infinite value", infinite),
        ("an unlisted category", unknown_code),
        ("a target that is not a number", nan_target),
        ("a value too few", short),
        ("no features", no_features),
    ]
}
