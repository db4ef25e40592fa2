"""Runs SQL files in DuckDB, one after the other, in a folder.

Usage: duckdb_run.py FOLDER FILE... Prints, for each file but the first, its rows as JSON on one line.
"""

import json
import os
import sys

import duckdb


def main(folder, load, *questions):
    texts = [open(path, encoding="utf-8").read() for path in (load, *questions)]
    os.chdir(folder)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(texts[0])
    for text in texts[1:]:
        found = connection.execute(text)
        names = [column[0] for column in found.description]
        print(json.dumps([dict(zip(names, row)) for row in found.fetchall()], default=str))


main(*sys.argv[1:])
