//! A tree cut into blocks of three levels.
//!
//! A block has seven tests and eight exits; its outcome is, for each row, the number of the leaf
//! that the row reaches if it comes by. Blocks are worked from the leaves to the root; the outcome
//! of the last one is the tree's. The cuts lie a multiple of three levels above the deepest leaf, so
//! that a tree of depth 6 or 8 fills its lower blocks.

use chatsignal_core::model::Tree;

/// Most leaves of a tree: their numbers are bytes.
pub(crate) const LEAVES_MAX: usize = 256;
/// Most blocks of a tree.
pub(crate) const BLOCKS_MAX: usize = 96;
/// Fewest leaves that are worth the eight numbers of a bottom block.
const BOTTOM_LEAVES_MIN: usize = 5;

/// Seven tests in level order: a row goes right where its byte in the column is at least the
/// threshold.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tests {
    pub(crate) thresholds: [u8; 7],
    pub(crate) columns: [u8; 7],
}

/// A block above others. An exit below [`LEAVES_MAX`] is a leaf, one above that less
/// [`LEAVES_MAX`] a block: bottom blocks first.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Upper {
    pub(crate) tests: Tests,
    pub(crate) exits: [u16; 8],
}

/// A tree in blocks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blocks {
    /// Blocks with leaves only: the exits of number `i` are leaves `8 i` to `8 i + 7`.
    pub(crate) bottom: Vec<Tests>,
    /// The others, children before parents.
    pub(crate) upper: Vec<Upper>,
    /// Values of the leaves by number.
    pub(crate) leaves: Vec<f64>,
}

/// A block while it is cut: the splits at its seven places and the nodes at its eight exits.
struct Cut {
    splits: [Option<usize>; 7],
    exits: [usize; 8],
}

impl Cut {
    fn new(tree: &Tree, root: usize, levels: usize) -> Self {
        let mut nodes = vec![root];
        let mut splits = [None; 7];
        let mut place = 0;
        for level in 0..3 {
            let mut below = Vec::with_capacity(2 * nodes.len());
            for node in nodes {
                // Below a leaf, or below the cut, both sides are the node itself.
                let is_split = level < levels && !tree.is_leaf(node);
                splits[place] = is_split.then_some(node);
                place += 1;
                below.extend(if is_split {
                    [tree.left[node] as usize, tree.right[node] as usize]
                } else {
                    [node; 2]
                });
            }
            nodes = below;
        }
        let mut exits = [root; 8];
        exits.copy_from_slice(&nodes);
        Self { splits, exits }
    }

    /// The different exits in order.
    fn distinct(&self) -> Vec<usize> {
        let mut exits = self.exits.to_vec();
        exits.dedup();
        exits
    }

    fn tests(&self, mut test: impl FnMut(usize) -> (u8, u8)) -> Tests {
        let mut tests = Tests::default();
        for (place, node) in self.splits.iter().enumerate() {
            if let Some(node) = node {
                (tests.columns[place], tests.thresholds[place]) = test(*node);
            }
        }
        tests
    }
}

/// Cuts a tree; `None` when it is too large. `test` gives column and threshold of a split.
pub(crate) fn cut(tree: &Tree, mut test: impl FnMut(usize) -> (u8, u8)) -> Option<Blocks> {
    let depth = depth(tree);
    // 1 to 3 levels of the top block, so that the others have 3.
    let top = (depth + 2) % 3 + 1;
    // Parents before children.
    let mut cuts = vec![(0, Cut::new(tree, 0, top))];
    let mut next = 0;
    while let Some((_, cut)) = cuts.get(next) {
        for node in cut.distinct() {
            if !tree.is_leaf(node) {
                cuts.push((node, Cut::new(tree, node, 3)));
            }
        }
        next += 1;
        if cuts.len() > BLOCKS_MAX {
            return None;
        }
    }
    cuts.reverse();
    let is_bottom = |cut: &Cut| {
        cut.exits.iter().all(|node| tree.is_leaf(*node))
            && cut.distinct().len() >= BOTTOM_LEAVES_MIN
    };
    let (bottom, upper): (Vec<_>, Vec<_>) = cuts.into_iter().partition(|(_, cut)| is_bottom(cut));
    let mut blocks = Blocks::default();
    // The number of a block's outcome, by root.
    let mut outcome = vec![0u16; tree.len()];
    for (number, (root, cut)) in bottom.iter().chain(&upper).enumerate() {
        outcome[*root] = (LEAVES_MAX + number) as u16;
        if number < bottom.len() {
            blocks.bottom.push(cut.tests(&mut test));
            blocks.leaves.extend(cut.exits.map(|node| tree.leaf_value[node]));
            continue;
        }
        for node in cut.distinct().into_iter().filter(|node| tree.is_leaf(*node)) {
            outcome[node] = blocks.leaves.len() as u16;
            blocks.leaves.push(tree.leaf_value[node]);
        }
        let exits = cut.exits.map(|node| outcome[node]);
        blocks.upper.push(Upper { tests: cut.tests(&mut test), exits });
    }
    (blocks.leaves.len() <= LEAVES_MAX).then_some(blocks)
}

fn depth(tree: &Tree) -> usize {
    let mut depths = vec![0; tree.len()];
    for node in (0..tree.len()).filter(|node| !tree.is_leaf(*node)) {
        for child in [tree.left[node], tree.right[node]] {
            depths[child as usize] = depths[node] + 1;
        }
    }
    depths.into_iter().max().unwrap_or(0)
}
