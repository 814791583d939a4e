"""Write the JSON schemas of results and of parameters files to `schemas/`."""

from __future__ import annotations

import json
from pathlib import Path

from assay.analysis.averages import AveragesResult
from assay.analysis.cohorts.result import CohortReport
from assay.analysis.costs.report import CostReport
from assay.analysis.costs.roi import RoiResult
from assay.analysis.experiments.calibration import CalibrationResult
from assay.analysis.experiments.design.result import DesignResult
from assay.analysis.experiments.portfolio import PortfolioResult
from assay.analysis.experiments.result import ABTestResult
from assay.analysis.personalisation import PersonalisationResult
from assay.analysis.providers import ProvidersReport
from assay.analysis.quality.result import QualityResult
from assay.analysis.regressions import RegressionsResult
from assay.analysis.scoring import ScoringResult
from assay.analysis.segments.report.result import SegmentsReport
from assay.analysis.trends.result import TrendResult
from assay.app.parameters import write_schemas
from assay.core.result import result_schema

FOLDER = Path(__file__).resolve().parents[1] / "schemas"
RESULTS = {
    "ab-design": DesignResult,
    "ab-portfolio": PortfolioResult,
    "ab-test": ABTestResult,
    "averages": AveragesResult,
    "baseline": RegressionsResult,
    "calibration": CalibrationResult,
    "cost": CostReport,
    "cost-roi": RoiResult,
    "data-quality": QualityResult,
    "cohorts": CohortReport,
    "personalisation": PersonalisationResult,
    "providers": ProvidersReport,
    "quality": ScoringResult,
    "segments": SegmentsReport,
    "trend": TrendResult,
}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for kind, result_type in RESULTS.items():
        text = json.dumps(result_schema(result_type, kind=kind), indent=1, ensure_ascii=False)
        (FOLDER / f"{kind}.result.json").write_text(text + "\n")
    write_schemas()
