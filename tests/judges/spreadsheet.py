"""Opens tables in LibreOffice, at every separator that spreadsheets split at: no cell may be a formula, and none may be lost.

Usage: spreadsheet.py SOFFICE FOLDER SCRATCH. Prints how many cells with text it saw when splitting at commas. A table of our own with one
formula goes with them, and LibreOffice must find that one: else it looked at nothing.
"""

import csv
import pathlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
SEPARATORS = {"comma": 44, "semicolon": 59, "tab": 9, "bar": 124, "colon": 58}
CONTROL = "control.csv"


def opened(soffice, separator, tables, scratch):
    """The tables as LibreOffice has them, by name."""
    out = scratch / f"out-{separator}"
    # Quotes are quotes, UTF-8, from the first line on; special numbers are detected, as a double click does it.
    reading = f"--infilter=CSV:{separator},34,76,1,,0,false,true"
    profile = f"-env:UserInstallation={(scratch / 'profile').as_uri()}"
    command = [soffice, profile, "--headless", "--norestore", reading, "--convert-to", "fods", "--outdir", str(out)]
    ran = subprocess.run(command + [str(table) for table in tables], capture_output=True, text=True, timeout=300)
    found = {file.stem: xml.parse(file).getroot() for file in out.glob("*.fods")}
    if len(found) != len(tables):
        sys.exit(f"LibreOffice opened {sorted(found)} of {len(tables)} tables:\n{ran.stdout}\n{ran.stderr}")
    return found


def cells(document):
    return [cell for cell in document.iter(f"{TABLE}table-cell") if len(cell)]


def main(soffice, folder, scratch):
    folder, scratch = pathlib.Path(folder).resolve(), pathlib.Path(scratch).resolve()
    scratch.mkdir()
    own = scratch / CONTROL
    own.write_text("name\r\n=1+1\r\n", encoding="utf-8")
    tables = sorted(folder.glob("*.csv"))
    seen = 0
    for name, separator in SEPARATORS.items():
        for stem, document in opened(soffice, separator, [*tables, own], scratch).items():
            formulas = [cell.attrib[f"{TABLE}formula"] for cell in document.iter(f"{TABLE}table-cell") if f"{TABLE}formula" in cell.attrib]
            if stem == own.stem:
                if len(formulas) != 1:
                    sys.exit(f"LibreOffice does not take =1+1 for a formula: {formulas}")
            elif formulas:
                sys.exit(f"{stem}.csv, split at the {name}, has formulas: {formulas}")
            elif name == "comma":
                seen += len(cells(document))
    written = 0
    for table in tables:
        with table.open(encoding="utf-8", newline="") as lines:
            written += sum(1 for row in csv.reader(lines) for cell in row if cell)
    # A cell that is repeated stands once.
    if not 0 < seen <= written:
        sys.exit(f"LibreOffice has {seen} cells of {written}")
    shutil.rmtree(scratch)
    print(seen)


main(*sys.argv[1:])
