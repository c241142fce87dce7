//! LightGBM: the text that `Booster.save_model` writes (versions v2 to v4 of it).
//!
//! What the fields mean is in LightGBM's `src/io/tree.cpp`, `src/boosting/gbdt_model_text.cpp` and
//! `include/LightGBM/tree.h`.

mod categories;
mod features;
mod header;
mod lines;
mod objective;
mod tree;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::num::NonZeroU32;

use chatsignal_core::artifact::Outputs;
use chatsignal_core::limits;
use chatsignal_core::model::{
    Aggregation, Calibration, Dialect, Model, Postprocessor, Rounding, Tree, TreeEnsemble,
};

use self::categories::Footer;
use self::features::Features;
use self::header::Header;
use self::lines::{Line, lines};
use self::tree::Block;
use crate::checked::checked;
use crate::{Format, ImportError, Imported, Options, TreeChoice};

pub(crate) fn read(bytes: &[u8], options: &Options) -> Result<Imported, ImportError> {
    let text = core::str::from_utf8(bytes).map_err(|error| {
        ImportError::malformed(format!("byte {}", error.valid_up_to()), "not UTF-8 text")
    })?;
    if lines(text.trim_start()).next().is_none_or(|line| line.text != "tree") {
        return Err(ImportError::malformed("line 1", "must be `tree`, as save_model writes it"));
    }
    let mut next = lines(text);
    let (header, first) = Header::read(&mut next, |line| is_tree(line) || is_end(line))?;
    let mut trees = Trees::new(text, &header, options)?;
    trees.read(first, &mut next)?;
    let mut footer = Footer::default();
    next.for_each(|line| footer.take(line));

    let mut notes = trees.notes();
    let (categories, note) = footer.categories(&trees.features, header.n_features);
    notes.extend(note);
    let (schema, named) = trees.features.schema(&header, categories)?;
    notes.extend(trees.features.thresholds.note(&schema));
    let (postprocessor, calibration) = match header.objective {
        Some(objective) => objective::link(objective, header.outputs)?,
        None => {
            notes.push("no objective (a custom one): the margin is the prediction".to_string());
            (Postprocessor::Identity, Calibration::None)
        }
    };
    let features = trees.features;
    let mut models = trees.outputs.into_iter().map(|trees| {
        let readings = features.readings(&trees);
        // The raw score of a forest is the sum of its trees; the link reads their mean.
        let link_divisor = header.average.then(|| NonZeroU32::new(trees.len() as u32)).flatten();
        Model::Trees(TreeEnsemble {
            trees,
            base_score: 0.0,
            aggregation: Aggregation::Sum,
            n_features: header.n_features,
            dialect: Dialect {
                readings,
                link_divisor,
                rounding: Rounding::Down,
                ..Dialect::default()
            },
        })
    });
    let model = models.next().ok_or_else(|| header::missing("num_tree_per_iteration"))?;
    let further: Vec<Model> = models.collect();
    let names = if further.is_empty() { 0 } else { header.outputs };
    checked(Imported {
        format: Format::Lightgbm,
        version: None,
        objective: header.objective.map(ToString::to_string),
        schema,
        named,
        model,
        outputs: Outputs { names: (0..names).map(|k| k.to_string()).collect(), further },
        postprocessor,
        calibration,
        notes,
    })
}

fn is_tree(line: Line<'_>) -> bool {
    line.text.starts_with("Tree=")
}

/// Whether the trees end here; files of LightGBM 2.2 and earlier go on with the importances.
fn is_end(line: Line<'_>) -> bool {
    matches!(line.text, "end of trees" | "feature importances:" | "feature_importances:")
}

/// The trees of every output.
struct Trees {
    outputs: Vec<Vec<Tree>>,
    features: Features,
    /// Trees in the file, and of these the number that is taken.
    count: usize,
    taken: usize,
    choice: TreeChoice,
    /// Trees without usable counts or weights of rows.
    uncovered: usize,
}

impl Trees {
    fn new(text: &str, header: &Header<'_>, options: &Options) -> Result<Self, ImportError> {
        // `tree_sizes` would tell the number, but LightGBM itself does not rely on it.
        let count = lines(text).filter(|line| is_tree(*line)).count();
        let iterations = count / header.outputs;
        if count % header.outputs != 0 {
            let reason = "the trees are no multiple of num_tree_per_iteration";
            return Err(ImportError::malformed(format!("{count} trees"), reason));
        }
        let taken = match options.trees {
            TreeChoice::All | TreeChoice::Best => iterations,
            TreeChoice::First(first) if (1..=iterations).contains(&first) => first,
            TreeChoice::First(first) => {
                let found = format!("the first {first} iterations of {iterations}");
                return Err(ImportError::unsupported("trees", found));
            }
        };
        if taken > limits::TREES_MAX {
            let found = format!("{taken} iterations (at most {})", limits::TREES_MAX);
            return Err(ImportError::unsupported("trees", found));
        }
        Ok(Self {
            outputs: (0..header.outputs).map(|_| Vec::with_capacity(taken)).collect(),
            features: Features::new(header.n_features),
            count,
            taken: taken * header.outputs,
            choice: options.trees,
            uncovered: 0,
        })
    }

    /// Reads the trees from the line of the first one to the end of them.
    fn read<'a>(
        &mut self,
        mut start: Option<Line<'a>>,
        next: &mut impl Iterator<Item = Line<'a>>,
    ) -> Result<(), ImportError> {
        let mut number = 0;
        while let Some(line) = start {
            if is_end(line) {
                return Ok(());
            }
            if line.field().value::<usize>()? != number {
                return Err(line.fault("the trees must be numbered from 0 on"));
            }
            let mut block = Block::default();
            start = None;
            for line in next.by_ref() {
                if is_tree(line) || is_end(line) {
                    start = Some(line);
                    break;
                }
                if !line.text.is_empty() {
                    block.take(line)?;
                }
            }
            if number < self.taken {
                self.push(number, &block).map_err(|error| in_tree(number, error))?;
            }
            number += 1;
        }
        Err(ImportError::malformed(
            "end of file",
            "the line \"end of trees\" is missing: cut short",
        ))
    }

    fn push(&mut self, number: usize, block: &Block<'_>) -> Result<(), ImportError> {
        let (tree, covered) = block.build(&mut self.features)?;
        self.uncovered += usize::from(!covered);
        let output = number % self.outputs.len();
        self.outputs[output].push(tree);
        Ok(())
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.choice == TreeChoice::Best {
            let note = "a file of LightGBM does not say which iteration was the best (save_model \
                        leaves the later ones out): all trees were taken";
            notes.push(note.to_string());
        }
        if self.taken < self.count {
            notes.push(format!(
                "{} of {} trees were left out",
                self.count - self.taken,
                self.count
            ));
        }
        if self.uncovered > 0 {
            notes.push(format!(
                "{} trees have no counts or weights of rows: explanations weigh their leaves \
                 equally",
                self.uncovered
            ));
        }
        notes
    }
}

/// The error of a tree, with its number.
fn in_tree(number: usize, error: ImportError) -> ImportError {
    match error {
        ImportError::Malformed { at, reason } => {
            ImportError::Malformed { at: format!("Tree={number}, {at}"), reason }
        }
        other => other,
    }
}
