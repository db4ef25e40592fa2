#!/usr/bin/env python3
"""Checks every inclusion proof of an audit report against its checkpoint, and the earlier checkpoint where one is given.

Written from RFC 9162 (sections 2.1.3.2 and 2.1.4.2) and C2SP tlog-checkpoint alone; shares no line with the program that it judges.
usage: verify_inclusion.py REPORT [EARLIER-CHECKPOINT]
"""
import base64
import hashlib
import json
import sys


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def checkpoint(text):
    origin, size, root = text.split("\n")[:3]
    return origin, int(size), base64.b64decode(root, validate=True)


def fold(index, last, path, old, new):
    """The loop that both algorithms share; `old` is None for inclusion."""
    for sibling in path:
        assert last, "the proof is too long"
        if index & 1 or index == last:
            old, new = old and node(sibling, old), node(sibling, new)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            new = node(new, sibling)
        index, last = index >> 1, last >> 1
    assert not last, "the proof is too short"
    return old, new


report = json.load(open(sys.argv[1], encoding="utf-8"))
origin, size, root = checkpoint(report["log"]["checkpoint"])
checked = 0
for packet in report["changes"]:
    for proof in packet["proofs"]:
        assert proof["index"] < size
        leaf = hashlib.sha256(b"\x00" + proof["leaf"].encode()).digest()
        path = [bytes.fromhex(hash) for hash in proof["proof"]]
        assert fold(proof["index"], size - 1, path, None, leaf)[1] == root, packet["id"]
        checked += 1
if len(sys.argv) > 2:
    old_origin, old_size, old_root = checkpoint(open(sys.argv[2], encoding="utf-8").read())
    path = [bytes.fromhex(hash) for hash in report["log"]["extends"]["proof"]]
    assert old_origin == origin and 0 < old_size <= size
    first = old_root if old_size & (old_size - 1) == 0 else path.pop(0)
    index, last = old_size - 1, size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    assert fold(index, last, path, first, first) == (old_root, root), "the log does not continue the earlier one"
print(checked)
