import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "loads", ["import assay.present, altair", "import assay.workbench, nbformat"]
)
def test_no_grammar_is_compiled_for_a_chart_or_a_notebook(loads: str) -> None:
    code = f"import sys\n{loads}\nprint('jsonschema' in sys.modules, 'lark' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
