"""Reads every CSV file of a folder with DuckDB, strictly.

Usage: duckdb_csv.py FOLDER. Prints a JSON object: for each file its rows, every value as text.
"""

import json
import pathlib
import sys

import duckdb


READ = "SELECT * FROM read_csv($1, header = true, all_varchar = true, strict_mode = true, delim = ',', quote = '\"', escape = '\"')"


def main(folder):
    tables = {}
    for path in sorted(pathlib.Path(folder).glob("*.csv")):
        found = duckdb.execute(READ, [str(path)])
        names = [column[0] for column in found.description]
        tables[path.name] = [dict(zip(names, row)) for row in found.fetchall()]
    print(json.dumps(tables))


main(*sys.argv[1:])
