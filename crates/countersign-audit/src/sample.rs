//! Sampling as auditors do it: a drawn list that anyone can draw again, from the seed and the
//! packets' ids alone.
//!
//! Each packet gets SHA-256(seed ‖ 0x00 ‖ id); the packets with the smallest values, in their
//! order, are the sample. So the draw does not depend on the order of packets, and a packet that is
//! added later moves no other.

use sha2::{Digest as _, Sha256};

use super::report::Packet;

/// The `count` packets that `seed` draws, in the order of their draw.
pub fn draw<'r>(packets: &'r [Packet], count: usize, seed: &str) -> Vec<&'r Packet> {
    let mut drawn: Vec<([u8; 32], &Packet)> = packets
        .iter()
        .map(|packet| (ticket(seed, &packet.id), packet))
        .collect();
    drawn.sort_by(|(a, one), (b, other)| (a, &one.id).cmp(&(b, &other.id)));
    drawn
        .into_iter()
        .take(count)
        .map(|(_, packet)| packet)
        .collect()
}

/// The value by which a packet is drawn.
pub fn ticket(seed: &str, id: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(seed)
        .chain_update([0])
        .chain_update(id)
        .finalize()
        .into()
}
