"""Reads every CSV file of a folder with DuckDB, strictly.

Usage: duckdb_csv.py FOLDER. Prints a JSON object: for each file its rows, every value as text.
"""

import json
import pathlib
import sys

import duckdb


def main(folder):
    tables = {}
    for path in sorted(pathlib.Path(folder).glob("*.csv")):
        read = "SELECT * FROM read_csv(?, header = true, all_varchar = true, strict_mode = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', columns = ?)"
        header = path.read_text(encoding="utf-8").split("\r\n", 1)[0].split(",")
        found = duckdb.execute(read.replace("?", "'" + str(path) + "'", 1).replace("?", str({name: "VARCHAR" for name in header}), 1))
        tables[path.name] = [dict(zip(header, row)) for row in found.fetchall()]
    print(json.dumps(tables))


main(*sys.argv[1:])
