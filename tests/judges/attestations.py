"""Verifies DSSE envelopes with securesystemslib, and reads their statements with in-toto's own types.

Usage: attestations.py FILE PUBLIC_KEY_HEX. Prints one line a statement: predicate type, subject, and its digests' names.
"""

import copy
import hashlib
import json
import sys

import google.protobuf.json_format as json_format
import in_toto_attestation.v1.statement_pb2 as statement_pb2
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey


def accepted(data, keys):
    try:
        Envelope.from_dict(copy.deepcopy(data)).verify(keys, 1)
        return True
    except VerificationError:
        return False


def main(path, public):
    keyid = hashlib.sha256(bytes.fromhex(public)).hexdigest()
    keys = [SSlibKey(keyid, "ed25519", "ed25519", {"public": public})]
    for line in open(path, encoding="utf-8"):
        data = json.loads(line)
        if not accepted(data, keys):
            sys.exit("securesystemslib refuses an envelope")
        for spoilt in ({**data, "payloadType": "text/plain"}, {**data, "payload": data["payload"][:-8] + "AAAAAAA="}):
            if accepted(spoilt, keys):
                sys.exit("securesystemslib accepts a changed envelope")
        envelope = Envelope.from_dict(copy.deepcopy(data))
        statement = Statement.copy_from_pb(json_format.Parse(envelope.payload, statement_pb2.Statement()))
        statement.validate()
        subject = statement.pb.subject[0]
        print(statement.pb.predicate_type, subject.name, *sorted(subject.digest))


main(*sys.argv[1:])
