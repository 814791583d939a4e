import subprocess
import sys

BLOCKED = ("polars", "narwhals", "pandas", "dataframely", "pydantic", "altair", "papermill")


def test_kernels_need_numpy_and_scipy_special_alone():
    """Every module imports, and a comparison runs, where nothing else is installed."""
    script = f"""
import sys
for name in {BLOCKED!r}:
    sys.modules[name] = None
import pkgutil, importlib, assay.stats
for module in pkgutil.walk_packages(assay.stats.__path__, "assay.stats."):
    importlib.import_module(module.name)
from assay.stats.bayes.beta import Beta, choose
assert 0 < choose(Beta.after(3, 10), Beta.after(4, 10)).p_greater < 1
assert "scipy.stats" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
