"""The only door to the sampler: a posterior comes out if its chains agree, a reason if not."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from assay.core.errors import DataError
from assay.stats.bayes.convergence import bulk_ess, rank_rhat, tail_ess
from assay.stats.bayes.hierarchy import Places, log_density, rates

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

CHAINS: Final = 4
TUNE: Final = 400
DRAWS: Final = 800
MOST_RHAT: Final = 1.01
LEAST_ESS: Final = 400.0
"""Gates of Vehtari et al. (2021), sec. 4.2 and 4.3: 100 effective draws per chain."""
TARGETS: Final = (0.85, 0.97)
"""Acceptance aimed at; the second, with smaller steps, where the first run failed a gate."""
EXTRA: Final = "assay[bayes]"


class SamplerMissingError(DataError):
    """The sampler is not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Convergence:
    """Whether the draws can be trusted, over all quantities that are told.

    Attributes:
        divergences: steps that left the posterior's shape.
        worst_rhat, least_bulk, least_tail: over all quantities.
    """

    chains: int
    draws: int
    divergences: int
    worst_rhat: float
    least_bulk: float
    least_tail: float

    @property
    def fault(self) -> str | None:
        """Why the posterior must not be printed; None where it may."""
        if self.divergences:
            return f"{self.divergences} of the sampler’s steps diverged"
        if not self.worst_rhat < MOST_RHAT:
            return f"chains disagree: R-hat {self.worst_rhat:.3f}, expected below {MOST_RHAT}"
        least = min(self.least_bulk, self.least_tail)
        if not least > LEAST_ESS:
            return f"too few effective draws: {least:.0f}, expected above {LEAST_ESS:.0f}"
        return None


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Sampled:
    """Draws of the hierarchical model that passed the gates.

    Attributes:
        treated, control: rate per unit, draws × places.
        spread: between places, of log odds or log rates, one per draw.
    """

    treated: Array
    control: Array
    spread: Array
    convergence: Convergence

    @property
    def log_lift(self) -> Array:
        """log(treated / control), draws × places."""
        return np.asarray(np.log(self.treated) - np.log(self.control))


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Draws that failed a gate: nothing of them is kept but why."""

    reason: str
    convergence: Convergence


def available() -> bool:
    """Whether the sampler is installed."""
    from importlib.util import find_spec  # noqa: PLC0415  rarely asked

    return find_spec("nutpie") is not None


def sample(
    places: Places, *, seed: int, draws: int = DRAWS, tune: int = TUNE, chains: int = CHAINS
) -> Sampled | Refused:
    """Draws from the posterior of events at several places, by the No-U-Turn sampler.

    The density and its gradient are ours, in NumPy: there is no graph to compile, and what the
    sampler calls a compiled model is made once per process and number of places, and given new
    data. The same seed gives the same draws.

    Args:
        places: what was seen.
        seed: of all chains.
        draws: kept per chain.
        tune: steps before them, by which the sampler adapts.
        chains: independent ones.

    Raises:
        SamplerMissingError: where the optional extra is not installed.

    References:
        Hoffman & Gelman (2014), The No-U-Turn sampler, JMLR 15; Betancourt & Girolami (2015),
        Hamiltonian Monte Carlo for hierarchical models (effects not centred).
    """
    found = Refused(reason="not sampled", convergence=_none())
    for target in TARGETS:
        points, divergences = _draw(places, seed, draws, tune, chains, target)
        result = judged(points, divergences, places)
        if isinstance(result, Sampled):
            return result
        found = result
    return found


def judged(points: Array, divergences: int, places: Places) -> Sampled | Refused:
    """The posterior of points (chains × draws × unknowns), or why it is not one."""
    treated, control, spread = rates(points, places.kind)
    quantities = np.concatenate(
        (np.log(control), np.log(treated / control), np.log(spread)[..., None]),
        axis=2,
    ).transpose(2, 0, 1)
    if not np.isfinite(quantities).all():
        worst, bulk, tail = np.inf, 0.0, 0.0
    else:
        worst = float(rank_rhat(quantities).max())
        bulk, tail = float(bulk_ess(quantities).min()), float(tail_ess(quantities).min())
    convergence = Convergence(
        chains=points.shape[0],
        draws=points.shape[1],
        divergences=divergences,
        worst_rhat=worst,
        least_bulk=bulk,
        least_tail=tail,
    )
    if convergence.fault is not None:
        return Refused(reason=convergence.fault, convergence=convergence)
    several = points.shape[0] * points.shape[1]
    return Sampled(
        treated=treated.reshape(several, -1),
        control=control.reshape(several, -1),
        spread=spread.reshape(several),
        convergence=convergence,
    )


def _draw(  # noqa: PLR0913, PLR0917  private: the settings of a sampler
    places: Places, seed: int, draws: int, tune: int, chains: int, target: float
) -> tuple[Array, int]:
    """Points (chains × draws × unknowns) and the number of divergences."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # once a day a library it needs announces its future
            import nutpie  # type: ignore[import-untyped]  # noqa: PLC0415  heavy, and optional
            import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415  comes with it
    except ImportError as error:
        raise SamplerMissingError(
            "a hierarchical model is to be sampled, but nutpie is not installed",
            remedy=f"pip install '{EXTRA}'",
        ) from error
    model = _model(places.size).with_data(places=places)
    trace = nutpie.sample(
        model,
        draws=draws,
        tune=tune,
        chains=chains,
        seed=seed,
        save_warmup=False,
        progress_bar=False,
        init_mean=places.start(),
        return_raw_trace=True,
        target_accept=target,
    )
    kept, stats = trace.get_arrow_trace()
    points, divergences = [], 0
    for batch, told in zip(kept, stats, strict=True):
        counted = ~np.asarray(pa.array(told.column("tuning")), dtype=bool)
        values = np.asarray(pa.array(batch.column("point")).flatten(), dtype=float)
        points.append(values.reshape(len(counted), -1)[counted])
        diverged = np.asarray(pa.array(told.column("diverging")), dtype=bool)
        divergences += int(diverged[counted].sum())
    return np.stack(points), divergences


@cache
def _model(size: int) -> Any:  # noqa: ANN401  the sampler is untyped, and may be absent
    from nutpie.compiled_pyfunc import (  # type: ignore[import-untyped]  # noqa: PLC0415
        from_pyfunc,
    )

    def make_log_density() -> Callable[..., tuple[float, Array]]:
        return log_density

    def make_expand(*_seeds: int) -> Callable[..., dict[str, Array]]:
        return _as_it_is

    return from_pyfunc(
        size,
        make_log_density,
        make_expand,
        [np.dtype("float64")],
        [(size,)],
        ["point"],
        shared_data={"places": None},
    )


def _as_it_is(point: Array, *, places: Places) -> dict[str, Array]:
    del places
    return {"point": np.asarray(point)}


def _none() -> Convergence:
    return Convergence(
        chains=0, draws=0, divergences=0, worst_rhat=np.inf, least_bulk=0.0, least_tail=0.0
    )
