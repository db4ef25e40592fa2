"""Imports an assessment plan and its results with compliance-trestle, which validates them.

Usage: oscal.py PLAN RESULTS. Prints `valid`, or fails.
"""

import pathlib
import subprocess
import sys
import tempfile

from trestle.oscal.assessment_plan import AssessmentPlan
from trestle.oscal.assessment_results import AssessmentResults


def main(plan, results):
    trestle = pathlib.Path(sys.executable).with_name("trestle")
    with tempfile.TemporaryDirectory() as workspace:
        subprocess.run([trestle, "init"], cwd=workspace, check=True, capture_output=True)
        for name, path in (("plan", plan), ("results", results)):
            path = str(pathlib.Path(path).resolve())
            done = subprocess.run([trestle, "import", "-f", path, "-o", name], cwd=workspace, capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(f"trestle refuses {name}:\n{done.stdout}\n{done.stderr}")
        done = subprocess.run([trestle, "validate", "-a"], cwd=workspace, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"trestle finds faults:\n{done.stdout}\n{done.stderr}")
    read = AssessmentResults.oscal_read(pathlib.Path(results).resolve())
    assert AssessmentPlan.oscal_read(pathlib.Path(plan).resolve()).uuid != read.uuid
    assert read.results[0].observations, "there are observations"
    print("valid")


main(*sys.argv[1:])
