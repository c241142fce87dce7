//! Nodes of other libraries in our order, and what follows from it.

use alloc::vec;
use alloc::vec::Vec;

use chatsignal_core::limits;
use chatsignal_core::model::Tree;

/// What is wrong with the children of a node.
pub(crate) struct Fault {
    /// The node, as the file numbers it.
    pub(crate) node: usize,
    /// What is wrong.
    pub(crate) reason: &'static str,
}

/// Nodes in an order where parents come first.
pub(crate) struct Order {
    /// The old number of each node.
    pub(crate) old: Vec<u32>,
    /// The new number of each node.
    pub(crate) new: Vec<u32>,
}

impl Order {
    /// Orders `nodes` nodes level by level from `root`. `children` gives the children of a split.
    pub(crate) fn of(
        nodes: usize,
        root: usize,
        children: impl Fn(usize) -> Option<[usize; 2]>,
    ) -> Result<Self, Fault> {
        let mut order = Self { old: Vec::with_capacity(nodes), new: vec![u32::MAX; nodes] };
        order.old.push(root as u32);
        order.new[root] = 0;
        let mut at = 0;
        while let Some(&node) = order.old.get(at) {
            let node = node as usize;
            for child in children(node).into_iter().flatten() {
                let fault = |reason| Fault { node, reason };
                let place =
                    order.new.get_mut(child).ok_or_else(|| fault("has a child that is no node"))?;
                if *place != u32::MAX {
                    return Err(fault("has a child that has another parent: a cycle, or no tree"));
                }
                *place = order.old.len() as u32;
                order.old.push(child as u32);
            }
            at += 1;
        }
        match order.new.iter().position(|&place| place == u32::MAX) {
            None => Ok(order),
            Some(node) => Err(Fault { node, reason: "is not reached from the root" }),
        }
    }
}

/// The covers of the splits from those of the leaves; where these are of no use, equal shares and
/// false.
pub(crate) fn add_up_covers(tree: &mut Tree) -> bool {
    if sums(tree) {
        return true;
    }
    for node in 0..tree.len() {
        if tree.is_leaf(node) {
            tree.cover[node] = 1.0;
        }
    }
    sums(tree);
    tree.len() == 1
}

fn sums(tree: &mut Tree) -> bool {
    for node in (0..tree.len()).rev() {
        let split = !tree.is_leaf(node);
        if split {
            let [left, right] = [tree.left[node], tree.right[node]].map(|child| child as usize);
            tree.cover[node] = tree.cover[left] + tree.cover[right];
        }
        let cover = tree.cover[node];
        if !(0.0..=limits::MAGNITUDE_MAX).contains(&cover) || split && cover == 0.0 {
            return false;
        }
    }
    true
}

/// A tree without the splits that change nothing: one whose leaves are all equal becomes a leaf.
/// Margins and contributions stay what they are.
pub(crate) fn pruned(tree: &Tree) -> Tree {
    let nodes = tree.len();
    // The value of the leaves below a node where they are all equal, else NaN.
    let mut value = tree.leaf_value.clone();
    for node in (0..nodes).rev().filter(|&node| !tree.is_leaf(node)) {
        let [left, right] = [tree.left[node], tree.right[node]].map(|child| value[child as usize]);
        value[node] = if left.to_bits() == right.to_bits() { left } else { f64::NAN };
    }
    let mut kept = vec![false; nodes];
    kept[0] = true;
    for node in 0..nodes {
        if kept[node] && value[node].is_nan() {
            kept[tree.left[node] as usize] = true;
            kept[tree.right[node] as usize] = true;
        }
    }
    let count = kept.iter().filter(|kept| **kept).count();
    let mut number = vec![0u32; nodes];
    let mut small = Tree::with_capacity(count);
    for node in (0..nodes).filter(|&node| kept[node]) {
        let leaf = if value[node].is_nan() { 0.0 } else { value[node] };
        number[node] = small.push_leaf(leaf, tree.cover[node]);
    }
    for node in (0..nodes).filter(|&node| kept[node] && value[node].is_nan()) {
        let at = number[node] as usize;
        small.split_feature[at] = tree.split_feature[node];
        small.threshold[at] = tree.threshold[node];
        small.default_left[at] = tree.default_left[node];
        small.left[at] = number[tree.left[node] as usize];
        small.right[at] = number[tree.right[node] as usize];
    }
    small
}

/// Bytes of memory that the outputs of a file may take. Files of many outputs share one set of
/// splits among them, which here each output has for itself.
#[derive(Debug)]
pub(crate) struct Budget(usize);

impl Budget {
    /// That of a file of so many bytes, beside a document of which every number takes at most 4
    /// times the memory of its text.
    pub(crate) fn of(bytes: usize) -> Self {
        Self(4 * bytes + (896 << 10))
    }

    /// What is left for a file of so many bytes when other things hold `used` bytes.
    pub(crate) fn beside(bytes: usize, used: usize) -> Self {
        Self((8 * bytes + (960 << 10)).saturating_sub(used))
    }

    /// Takes the bytes of a tree; false when they are more than are left.
    pub(crate) fn takes(&mut self, tree: &Tree) -> bool {
        self.takes_bytes(size_of::<Tree>()) && self.takes_nodes(tree)
    }

    /// Takes the bytes of the nodes of a tree alone.
    pub(crate) fn takes_nodes(&mut self, tree: &Tree) -> bool {
        self.takes_bytes(37 * tree.len())
    }

    /// Takes some bytes; false when they are more than are left.
    pub(crate) fn takes_bytes(&mut self, bytes: usize) -> bool {
        match self.0.checked_sub(bytes) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }
}

/// Appends to a list of trees without doubling it: they are large even when they are empty.
pub(crate) fn push_tree(trees: &mut Vec<Tree>, tree: Tree) {
    if trees.len() == trees.capacity() {
        trees.reserve_exact(trees.len() / 4 + 4);
    }
    trees.push(tree);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_first() {
        // 2 is the root, 0 a split below it.
        let children = [Some([3, 4]), None, Some([1, 0]), None, None];
        let order = Order::of(5, 2, |node| children[node]).ok().unwrap();
        assert_eq!((order.old, order.new), (vec![2, 1, 0, 3, 4], vec![2, 1, 0, 3, 4]));
        for (children, bad) in [
            (vec![Some([0, 1]), None], 0),
            (vec![Some([1, 2]), Some([0, 2]), None], 1),
            (vec![Some([1, 1]), None], 0),
            (vec![Some([1, 9]), None], 0),
            (vec![None, None], 1),
        ] {
            let fault = Order::of(children.len(), 0, |node| children[node]).err().unwrap();
            assert_eq!(fault.node, bad, "{}", fault.reason);
        }
    }

    #[test]
    fn equal_leaves_become_one() {
        let mut tree = Tree::default();
        tree.push_leaf(0.0, 4.0);
        tree.push_leaf(0.0, 3.0);
        for (value, cover) in [(1.0, 1.0), (0.5, 1.0), (0.5, 2.0)] {
            tree.push_leaf(value, cover);
        }
        (tree.left[0], tree.right[0]) = (1, 2);
        (tree.left[1], tree.right[1]) = (3, 4);
        let small = pruned(&tree);
        assert_eq!((small.len(), small.leaf_value[1], small.cover[1]), (3, 0.5, 3.0));
        for x in [-1.0, 1.0] {
            assert_eq!(small.leaf_value[small.leaf(&[x])], tree.leaf_value[tree.leaf(&[x])]);
        }
    }
}
