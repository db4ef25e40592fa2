//! The Merkle tree of Certificate Transparency: RFC 9162, section 2.1 (the same tree as RFC 6962).
//!
//! A leaf's hash begins with a zero byte and a node's with a one, so that neither can be taken for
//! the other.

use sha2::{Digest as _, Sha256};

/// A SHA-256 value in the tree.
pub type Hash = [u8; 32];

/// Hash of a leaf's bytes.
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0])
        .chain_update(bytes)
        .finalize()
        .into()
}

/// Hash of the node above two.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// A tree with every hash in it.
#[derive(Clone, Debug)]
pub struct MerkleTree {
    /// `levels[0]` are the leaves; a node without a sibling moves up as it is.
    levels: Vec<Vec<Hash>>,
}

impl MerkleTree {
    /// The tree over these leaves.
    pub fn new(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let above = below
                .chunks(2)
                .map(|pair| {
                    if let [left, right] = pair {
                        node_hash(left, right)
                    } else {
                        pair[0]
                    }
                })
                .collect();
            levels.push(above);
        }
        Self { levels }
    }

    /// How many leaves.
    pub fn size(&self) -> u64 {
        self.levels[0].len() as u64
    }

    /// The root: section 2.1.1.
    pub fn root(&self) -> Hash {
        match self.levels.last().map(Vec::as_slice) {
            Some([root]) => *root,
            _ => Sha256::digest([]).into(),
        }
    }

    /// The root over the first `size` leaves; `None` when there are fewer.
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        let size = usize::try_from(size)
            .ok()
            .filter(|size| *size <= self.levels[0].len())?;
        Some(if size == 0 {
            Sha256::digest([]).into()
        } else {
            self.range(0, size)
        })
    }

    /// The proof that the leaf at `index` is in the tree, from the leaf up: section 2.1.3.1. `None`
    /// when there is no such leaf.
    pub fn inclusion(&self, index: u64) -> Option<Vec<Hash>> {
        let mut index = usize::try_from(index)
            .ok()
            .filter(|index| *index < self.levels[0].len())?;
        let mut proof = Vec::new();
        for level in &self.levels {
            proof.extend(level.get(index ^ 1));
            index /= 2;
        }
        Some(proof)
    }

    /// The proof that the tree of the first `size` leaves is a prefix of this one: section 2.1.4.1.
    /// `None` when it is not, or is empty.
    pub fn consistency(&self, size: u64) -> Option<Vec<Hash>> {
        let size = usize::try_from(size)
            .ok()
            .filter(|size| (1..=self.levels[0].len()).contains(size))?;
        let mut proof = Vec::new();
        self.subproof(size, 0, self.levels[0].len(), true, &mut proof);
        Some(proof)
    }

    /// `SUBPROOF(m, D[from:to], whole)`.
    fn subproof(&self, m: usize, from: usize, to: usize, whole: bool, proof: &mut Vec<Hash>) {
        let size = to - from;
        if m == size {
            if !whole {
                proof.push(self.range(from, to));
            }
            return;
        }
        let split = split(size);
        if m <= split {
            self.subproof(m, from, from + split, whole, proof);
            proof.push(self.range(from + split, to));
        } else {
            self.subproof(m - split, from + split, to, false, proof);
            proof.push(self.range(from, from + split));
        }
    }

    /// `MTH(D[from:to])` for a range that the RFC's recursion meets, which begins at a multiple of
    /// its largest power of two.
    fn range(&self, from: usize, to: usize) -> Hash {
        let size = to - from;
        if size.is_power_of_two() {
            let level = size.trailing_zeros() as usize;
            return self.levels[level][from >> level];
        }
        let split = split(size);
        node_hash(
            &self.range(from, from + split),
            &self.range(from + split, to),
        )
    }
}

/// The largest power of two below `size`.
const fn split(size: usize) -> usize {
    1 << (usize::BITS - 1 - (size - 1).leading_zeros())
}

/// Whether `proof` shows that a leaf with this hash is at `index` of a tree with `size` leaves and
/// this root: section 2.1.3.2.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut fn_, mut sn) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if sn == 0 {
            return false;
        }
        if fn_ & 1 == 1 || fn_ == sn {
            hash = node_hash(sibling, &hash);
            while fn_ & 1 == 0 && fn_ != 0 {
                fn_ >>= 1;
                sn >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        fn_ >>= 1;
        sn >>= 1;
    }
    sn == 0 && hash == *root
}

/// Whether `proof` shows that the tree of `size` leaves and root `root` begins with that of
/// `old_size` and `old_root`: section 2.1.4.2.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    size: u64,
    root: &Hash,
    proof: &[Hash],
) -> bool {
    if old_size == 0 || old_size > size {
        return false;
    }
    if old_size == size {
        return proof.is_empty() && old_root == root;
    }
    let mut path = proof.iter();
    let first = if old_size.is_power_of_two() {
        Some(old_root)
    } else {
        path.next()
    };
    let Some(first) = first else { return false };
    let (mut fn_, mut sn) = (old_size - 1, size - 1);
    while fn_ & 1 == 1 {
        fn_ >>= 1;
        sn >>= 1;
    }
    let (mut old, mut new) = (*first, *first);
    for sibling in path {
        if sn == 0 {
            return false;
        }
        if fn_ & 1 == 1 || fn_ == sn {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
            while fn_ & 1 == 0 && fn_ != 0 {
                fn_ >>= 1;
                sn >>= 1;
            }
        } else {
            new = node_hash(&new, sibling);
        }
        fn_ >>= 1;
        sn >>= 1;
    }
    sn == 0 && old == *old_root && new == *root
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_model::digest::{from_hex, to_hex};

    /// Leaves and roots of the reference implementation's tests (certificate-transparency-go,
    /// `merkle_tree_test`), used by every other one.
    const LEAVES: [&str; 8] = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn leaves(count: usize) -> Vec<Hash> {
        LEAVES[..count]
            .iter()
            .map(|leaf| leaf_hash(&from_hex(leaf).expect("hex")))
            .collect()
    }

    #[test]
    fn the_empty_tree_has_the_hash_of_nothing() {
        assert_eq!(
            to_hex(&MerkleTree::new(Vec::new()).root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn roots_are_those_of_the_reference_implementation() {
        for size in 1..=8 {
            assert_eq!(
                to_hex(&MerkleTree::new(leaves(size)).root()),
                ROOTS[size - 1],
                "{size} leaves"
            );
            assert_eq!(
                MerkleTree::new(leaves(8))
                    .root_at(size as u64)
                    .map(|root| to_hex(&root))
                    .as_deref(),
                Some(ROOTS[size - 1])
            );
        }
    }

    #[test]
    fn proofs_are_those_of_the_reference_implementation() {
        // The same tests' inclusion proofs of leaf 5 of 8 and 2 of 3, and consistency proofs of 6
        // in 8 and 2 in 5 leaves.
        let hex = |proof: Option<Vec<Hash>>| {
            proof.map(|proof| proof.iter().map(|hash| to_hex(hash)).collect::<Vec<_>>())
        };
        let eight = MerkleTree::new(leaves(8));
        let wanted = [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ];
        assert_eq!(
            hex(eight.inclusion(5)),
            Some(wanted.map(str::to_owned).to_vec())
        );
        let wanted = ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"];
        assert_eq!(
            hex(MerkleTree::new(leaves(3)).inclusion(2)),
            Some(wanted.map(str::to_owned).to_vec())
        );
        let wanted = [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ];
        assert_eq!(
            hex(eight.consistency(6)),
            Some(wanted.map(str::to_owned).to_vec())
        );
        let wanted = [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ];
        assert_eq!(
            hex(MerkleTree::new(leaves(5)).consistency(2)),
            Some(wanted.map(str::to_owned).to_vec())
        );
    }

    #[test]
    fn every_proof_is_valid_and_none_is_valid_for_anything_else() {
        for size in 1..=33u64 {
            let hashes: Vec<Hash> = (0..size)
                .map(|index| leaf_hash(&index.to_be_bytes()))
                .collect();
            let tree = MerkleTree::new(hashes.clone());
            let root = tree.root();
            for index in 0..size {
                let proof = tree.inclusion(index).expect("the leaf is there");
                let leaf = &hashes[index as usize];
                assert!(
                    verify_inclusion(leaf, index, size, &proof, &root),
                    "{index} of {size}"
                );
                for other in (0..=size).filter(|other| *other != index) {
                    assert!(
                        !verify_inclusion(leaf, other, size, &proof, &root),
                        "{index} is not {other} of {size}"
                    );
                }
                assert!(!verify_inclusion(
                    &leaf_hash(b"other"),
                    index,
                    size,
                    &proof,
                    &root
                ));
                let longer = [proof.as_slice(), &[root]].concat();
                assert!(!verify_inclusion(leaf, index, size, &longer, &root));
                if let Some((_, shorter)) = proof.split_last() {
                    assert!(!verify_inclusion(leaf, index, size, shorter, &root));
                }
            }
            assert!(
                tree.inclusion(size).is_none()
                    && tree.consistency(0).is_none()
                    && tree.consistency(size + 1).is_none()
            );
            for old in 1..=size {
                let proof = tree.consistency(old).expect("a beginning");
                let old_root = tree.root_at(old).expect("a beginning");
                assert!(
                    verify_consistency(old, &old_root, size, &root, &proof),
                    "{old} in {size}"
                );
                assert!(
                    !verify_consistency(old, &leaf_hash(b"other"), size, &root, &proof),
                    "{old} in {size}"
                );
                assert!(
                    !verify_consistency(old, &old_root, size, &leaf_hash(b"other"), &proof),
                    "{old} in {size}"
                );
                if old != size {
                    assert!(
                        !verify_consistency(old + 1, &old_root, size, &root, &proof),
                        "{old} in {size}"
                    );
                    assert!(
                        !verify_consistency(old, &old_root, size, &root, &[]) || proof.is_empty()
                    );
                }
            }
        }
    }
}
