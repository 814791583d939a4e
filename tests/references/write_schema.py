"""Writes schemas/ab-test.result.json; a test fails while it is not current.

Run from the project's folder:
    python tests/references/write_schema.py
"""

import json
from pathlib import Path

from assay.analysis.experiments import ABTestResult
from assay.core.result import result_schema

if __name__ == "__main__":
    out = Path(__file__).parents[2] / "schemas" / "ab-test.result.json"
    out.write_text(json.dumps(result_schema(ABTestResult, kind="ab-test"), indent=2) + "\n")
