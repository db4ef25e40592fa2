#!/usr/bin/env python3
"""Packs a release: the same bytes for the same files on every machine, so that its SHA-256 says something.

    action/archive.py BINARY ARCHIVE.tar.gz

The archive also has our licenses and Cargo.lock, so that anyone who gets the binary can build it again from the source it names with
another copy of the OpenPGP library, as that library's license asks.
"""

import gzip
import pathlib
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main(binary: pathlib.Path, archive: pathlib.Path) -> None:
    files = [(binary, 0o755)] + [(ROOT / name, 0o644) for name in ("Cargo.lock", "LICENSE-APACHE", "LICENSE-MIT", "README.md")]
    with archive.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
        with tarfile.open(mode="w", fileobj=packed, format=tarfile.USTAR_FORMAT) as tar:
            for path, mode in files:
                data = path.read_bytes()
                entry = tarfile.TarInfo(path.name)
                entry.size, entry.mode = len(data), mode
                with path.open("rb") as content:
                    tar.addfile(entry, content)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
