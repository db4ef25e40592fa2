//! Which parts of a tree a comparison descends into.

use std::collections::BTreeMap;

/// A set of paths: everything at or below one of them is inside. Other directories are only passed
/// through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roots {
    top: Node,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    whole: bool,
    children: BTreeMap<Vec<u8>, Node>,
}

/// What is inside at some place of the tree.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scope<'a> {
    /// Everything.
    Whole,
    /// What the node's children lead to.
    Part(&'a Node),
}

impl Roots {
    /// The whole tree.
    pub fn all() -> Self {
        Self {
            top: Node {
                whole: true,
                children: BTreeMap::new(),
            },
        }
    }

    /// The given paths, with `/` between steps; an empty path is the whole tree, empty steps are
    /// skipped.
    pub fn new<P: AsRef<[u8]>>(paths: impl IntoIterator<Item = P>) -> Self {
        let mut top = Node::default();
        for path in paths {
            let mut node = &mut top;
            for step in path
                .as_ref()
                .split(|byte| *byte == b'/')
                .filter(|step| !step.is_empty())
            {
                node = node.children.entry(step.to_vec()).or_default();
            }
            node.whole = true;
        }
        Self { top }
    }

    pub(super) fn scope(&self) -> Scope<'_> {
        self.top.scope()
    }
}

impl Node {
    fn scope(&self) -> Scope<'_> {
        if self.whole {
            Scope::Whole
        } else {
            Scope::Part(self)
        }
    }
}

impl<'a> Scope<'a> {
    /// The scope below the entry `name`; `None` when nothing there is inside.
    pub(super) fn below(self, name: &[u8]) -> Option<Scope<'a>> {
        match self {
            Self::Whole => Some(Self::Whole),
            Self::Part(node) => node.children.get(name).map(Node::scope),
        }
    }
}
