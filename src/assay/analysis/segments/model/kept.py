"""A model of segments as text: plain numbers in JSON under a checksum, and back."""

from __future__ import annotations

import json
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from assay.analysis.segments.model.made import model_of
from assay.analysis.segments.model.result import Far, Named, SegmentModel, Sureness
from assay.core.errors import DataError
from assay.features.behaviour import BEHAVIOURS, Held, looked_at, of_context
from assay.stats.segmenting.mixtures import Mixture
from assay.stats.segmenting.scaling import Scaling
from assay.stats.shrunken_rates import BetaPrior

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.analysis.segments.report import Formed
    from assay.features.behaviour import Feature

Json = dict[str, Any]

FILE: Final = "model.json"
FORMAT: Final = "assay segment model"
VERSION: Final = 1
ANEW: Final = (
    "publish the report again (assay publish segments --force), or form segments anew with --anew"
)


def beside(
    formed: Formed,
    *,
    days: int,
    least: int | None = None,
    time_zone: str = "UTC",
    smallest_cell: int = 10,
) -> dict[str, str]:
    """The file that goes with a report, by its name.

    None where there are no segments, or where the model would tell of members.

    Args:
        formed: the segments.
        days: how many days count, as they were asked for.
        least: interactions below which too little is known, as they were asked for.
        time_zone: whose days they are.
        smallest_cell: entities behind every number.
    """
    if formed.profiles is None:
        return {}
    model = model_of(
        formed, days=days, least=least, time_zone=time_zone, smallest_cell=smallest_cell
    )
    return {} if model.secret else {FILE: text_of(model)}


def text_of(model: SegmentModel) -> str:
    """The model as it is written down.

    Raises:
        DataError: where it would tell of members.
    """
    if model.secret:
        raise DataError(
            f"the model cannot be kept: {model.secret}, of whom it would tell",
            remedy="ask for fewer segments (segments: 2 in the set), or look at more days",
        )
    told = _told(model)
    lines = ",\n".join(f" {json.dumps(key)}: {_plain(value)}" for key, value in told.items())
    head = f'{{\n"format": "{FORMAT}",\n"version": {VERSION},\n"checksum": "{_sum_of(told)}",\n'
    return f'{head}"model": {{\n{lines}\n}}\n}}\n'


def checksum_of(model: SegmentModel) -> str:
    """Twelve signs by which a model is known: the same numbers and words, the same signs."""
    return _sum_of(_told(model))[:12]


def model_from(text: str | bytes, *, place: str = "the model") -> SegmentModel:
    """The model that was written down.

    Args:
        text: of the file.
        place: what it is called in errors.

    Raises:
        DataError: where it is none, was changed or cut off, is of a newer version, or looks at
            entities otherwise than today's code.
    """
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise DataError(
            f"{place} is no model of segments",
            remedy=f"name the {FILE} of a published version, or what --save-model wrote",
        )
    if told.get("version") != VERSION:
        raise DataError(
            f"{place} has version {told.get('version')!r}, expected {VERSION}",
            remedy=f"take the Assay that wrote it, or {ANEW}",
        )
    model = told.get("model")
    if not isinstance(model, dict) or _sum_of(model) != told.get("checksum"):
        raise DataError(
            f"{place} was changed or cut off: its checksum is another",
            remedy=f"take the file as it was written, or {ANEW}",
        )
    try:
        return _read(model, place)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DataError(
            f"{place} cannot be read: {type(error).__name__}: {error}", remedy=ANEW
        ) from None


def _plain(value: Any) -> str:  # noqa: ANN401  plain JSON
    return json.dumps(value, separators=(",", ":"), sort_keys=True, allow_nan=False)


def _sum_of(told: Json) -> str:
    return sha256(_plain(told).encode()).hexdigest()


def _told(model: SegmentModel) -> Json:
    mixture, scaling = model.mixture, model.scaling
    return {
        "entity": list(model.entity),
        "first": model.first.isoformat(),
        "last": model.last.isoformat(),
        "days": model.days,
        "least": model.least,
        "time_zone": model.time_zone,
        "method": model.method,
        "agreement": model.agreement,
        "segments": [
            {
                "ident": one.ident,
                "name": one.name,
                "sureness": [[step.above, step.certainty] for step in one.sureness],
            }
            for one in model.segments
        ],
        "features": [
            {
                "name": one.feature.name,
                "definition": one.feature.definition,
                "centre": one.centre,
                "scale": one.scale,
                "prior": None if one.prior is None else [one.prior.mean, one.prior.strength],
                "typical": one.typical,
                "filled": one.filled,
            }
            for one in model.held
        ],
        "demanded": [
            {"name": name, "definition": _feature(model.entity, name).definition}
            for name in model.demanded
        ],
        "far": {"distance": model.far.distance, "share": model.far.share},
        "scaling": {
            "features": scaling.features,
            "kept": scaling.kept.tolist(),
            "left_out": list(scaling.left_out),
            "bent": list(scaling.bent),
            "middle": scaling.middle.tolist(),
            "bend": [_finite(one) for one in scaling.bend.tolist()],
            "centre": scaling.centre.tolist(),
            "spread": scaling.spread.tolist(),
        },
        "mixture": {
            "shape": mixture.shape,
            "weights": mixture.weights.tolist(),
            "means": mixture.means.tolist(),
            "factors": _packed(mixture),
            "owner": model.owner.tolist(),
            "reach": _finite(model.reach),
        },
    }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _packed(mixture: Mixture) -> Any:  # noqa: ANN401  plain JSON
    """Cholesky factors without what the shape says: one number, a diagonal, or a triangle."""
    factors = mixture.factors
    triangle = np.tril_indices(factors.shape[1])
    if mixture.shape == "spherical":
        return factors[:, 0, 0].tolist()
    if mixture.shape == "diagonal":
        return np.diagonal(factors, axis1=1, axis2=2).tolist()
    if mixture.shape == "tied":
        return factors[0][triangle].tolist()
    return [one[triangle].tolist() for one in factors]


def _unpacked(shape: str, packed: Any, k: int, p: int) -> NDArray[np.float64]:  # noqa: ANN401
    held = np.array(packed, dtype=np.float64)
    if shape == "spherical":
        return held[:, None, None] * np.eye(p)
    if shape == "diagonal":
        return held[:, :, None] * np.eye(p)
    triangle = np.tril_indices(p)
    factors = np.zeros((k, p, p))
    factors[(slice(None), *triangle)] = held
    return factors


def _read(told: Json, place: str) -> SegmentModel:
    entity = tuple(str(one) for one in told["entity"])
    parts, scaling, mixture = told["features"], told["scaling"], told["mixture"]
    features = [_same(entity, one, place) for one in (*parts, *told["demanded"])]
    means = np.array(mixture["means"], dtype=np.float64)
    reach = mixture["reach"]
    return SegmentModel(
        entity=entity,
        first=date.fromisoformat(told["first"]),
        last=date.fromisoformat(told["last"]),
        days=told["days"],
        least=told["least"],
        time_zone=told["time_zone"],
        method=told["method"],
        segments=tuple(
            Named(
                ident=one["ident"],
                name=one["name"],
                sureness=tuple(
                    Sureness(above=above, certainty=sure) for above, sure in one["sureness"]
                ),
            )
            for one in told["segments"]
        ),
        held=tuple(_held(feature, one) for feature, one in zip(features, parts, strict=False)),
        demanded=tuple(one["name"] for one in told["demanded"]),
        scaling=Scaling(
            features=scaling["features"],
            kept=np.array(scaling["kept"], dtype=np.int64),
            left_out=tuple(scaling["left_out"]),
            bent=tuple(scaling["bent"]),
            middle=np.array(scaling["middle"], dtype=np.float64),
            bend=np.array([np.inf if one is None else one for one in scaling["bend"]]),
            centre=np.array(scaling["centre"], dtype=np.float64),
            spread=np.array(scaling["spread"], dtype=np.float64),
        ),
        mixture=Mixture(
            shape=mixture["shape"],
            weights=np.array(mixture["weights"], dtype=np.float64),
            means=means,
            factors=_unpacked(mixture["shape"], mixture["factors"], *means.shape),
            log_likelihood=0.0,
            rows=0,
        ),
        owner=np.array(mixture["owner"], dtype=np.int64),
        reach=np.inf if reach is None else float(reach),
        far=Far(**told["far"]),
        agreement=told["agreement"],
        secret="",
    )


def _held(feature: Feature, told: Json) -> Held:
    prior = told["prior"]
    return Held(
        feature=feature,
        centre=told["centre"],
        scale=told["scale"],
        prior=None if prior is None else BetaPrior(mean=prior[0], strength=prior[1]),
        typical=told["typical"],
        filled=told["filled"],
    )


def _feature(entity: Sequence[str], name: str) -> Feature:
    if name.startswith("ctx_"):
        return of_context(name)
    return looked_at(entity, (name,))[0]


def _same(entity: Sequence[str], told: Json, place: str) -> Feature:
    """Today's feature of that name, if it is what the model means by it."""
    name, then = told["name"], told["definition"]
    if not name.startswith("ctx_") and name not in {one.name for one in BEHAVIOURS}:
        raise DataError(f"{place} looks at {name!r}, which is looked at no more", remedy=ANEW)
    found = _feature(entity, name)
    now = found.definition
    other = [key for key in sorted({*then, *now}) if then.get(key) != now.get(key)]
    if other:
        first = other[0]
        raise DataError(
            f"{place} means something else by {name!r} than today's code: {first} was "
            f"{then.get(first)!r}, and is {now.get(first)!r}",
            remedy=ANEW,
        )
    return found
