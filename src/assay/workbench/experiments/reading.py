"""What a notebook reads of the experiments of its project."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from assay.core.errors import DataError, ParameterError
from assay.core.project import resolve_path
from assay.workbench.experiments.experiment import (
    Experiment,
    experiment_at,
    hash_of_registration,
)
from assay.workbench.experiments.results import EVERY, past_of, rows_of
from assay.workbench.project import Project

Json = dict[str, Any]


def portfolio_of(source: str) -> tuple[list[Json], list[Json]]:
    """Every experiment of the project, and the estimates of the concluded ones.

    Raises:
        ParameterError: where the source is not `experiments:all`.
    """
    if source != EVERY:
        raise ParameterError(f"experiments = {source!r}, expected {EVERY!r}")
    project = Project.at()
    return rows_of(project), past_of(project)


def estimates_in(path: str) -> list[Json]:
    """Estimates of earlier experiments, from a file as `assay experiment archive` writes it.

    Raises:
        DataError: where the file is no JSON list of objects.
    """
    file = resolve_path(path)
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}") from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise DataError(f"{path} is no list of estimates, expected what the archive writes")
    return found


@dataclass(frozen=True, slots=True)
class Terms:
    """What an experiment's registration says of its analysis; nothing where there is none.

    Attributes:
        experiment: as it stands; None where a notebook was given no registration.
    """

    experiment: Experiment | None

    def over(self, **parameters: Any) -> Json:  # noqa: ANN401  plain values of a parameters cell
        """The parameters, where the registration has the last word on those that it declares."""
        if self.experiment is None:
            return parameters
        told = self.experiment.now
        said: Json = {
            "experiment": self.experiment.id,
            "unit": told.unit,
            "control": told.control,
            "split": told.shares,
            "metrics": list(told.metrics),
            "design": told.design,
            "alpha": told.decision.alpha,
            "plan": told.plan,
            "correction": told.correction,
        }
        if self.epochs > 1:
            # Shares differ between epochs, so that the plain split promises nothing.
            said["split"] = self._shares()
        return {name: said.get(name, value) for name, value in parameters.items()}

    @property
    def epochs(self) -> int:
        """Splits that units came in under."""
        allocation = self.experiment.allocation if self.experiment else None
        return len(allocation.epochs) if allocation else 1

    @property
    def strata(self) -> list[str]:
        """Columns within which arms are to be compared."""
        return ["epoch"] if self.epochs > 1 else []

    @property
    def told(self) -> Json | None:
        """What the result keeps of it."""
        one = self.experiment
        if one is None:
            return None
        standing = one.standing or one.now
        return {
            "id": one.id,
            "state": one.state,
            "hypothesis": standing.hypothesis,
            "owner": standing.owner,
            "rule": standing.decision.rule,
            "sha256": one.started["sha256"] if one.started else hash_of_registration(one.now),
            "started_at": one.started["at"] if one.started else None,
            "concluded_at": one.concluded["at"] if one.concluded else None,
            "decision": one.concluded["decision"] if one.concluded else None,
            "epochs": self.epochs,
            "deviations": [
                {
                    "field": seen.deviation.field,
                    "before": seen.deviation.before,
                    "after": seen.deviation.after,
                    "first_seen": seen.first_seen,
                }
                for seen in one.deviations
            ],
        }

    def _shares(self) -> dict[str, float]:
        allocation = self.experiment.allocation if self.experiment else None
        found: dict[str, float] = {}
        for epoch in allocation.epochs if allocation else ():
            size = sum(high - low for low, high in epoch.slots)
            for arm, share in epoch.split.items():
                found[arm] = found.get(arm, 0.0) + size * share
        return found


def terms_of(registration: str | None) -> Terms:
    """What a registration says: `params/experiments/<id>.yaml`, with its record beside it.

    Raises:
        AssayError: where the file has a mistake.
    """
    return Terms(experiment_at(registration) if registration else None)
