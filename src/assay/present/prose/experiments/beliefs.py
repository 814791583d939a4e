"""The same data under several priors, and which arm is best, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.present.format import PERCENT, as_printed, chance, change, loss
from assay.present.prose.experiments.basis import LONG_NAME, arm_name
from assay.present.prose.experiments.segments import estimate
from assay.present.prose.words import capital, inside, shortened

if TYPE_CHECKING:
    from assay.present.prose.experiments.reading import Reading

Json = dict[str, Any]


def rows(r: Reading) -> list[list[str]]:
    """One row per prior: what it is, lift, chance, and both losses; the one that counts first."""
    posterior = r.body["posterior"]
    return [
        [
            f"{capital(as_printed(belief['prior']))}{', shown above' if not i else ''}",
            estimate(belief["lift"], PERCENT),
            chance(belief["p_better"]),
            *(
                loss(belief[f"expected_loss_{choice}"], r.change.brief, r.decimals)
                for choice in ("ship", "keep")
            ),
        ]
        for i, belief in enumerate([posterior, *posterior.get("beside", ())])
    ]


def agreement(r: Reading) -> str:
    """What the priors say together: between which ends the chance lies."""
    posterior = r.body["posterior"]
    chances = [b["p_better"] for b in (posterior, *posterior.get("beside", ()))]
    least, most = chance(min(chances)), chance(max(chances))
    metric = inside(shortened(r.metric, LONG_NAME))
    if least == most:
        return f"Whatever is believed beforehand, the chance on {metric} is {least}"
    return f"By what is believed beforehand, the chance on {metric} lies between {least} and {most}"


def best_heading(best: Json) -> str:
    """Which arm is probably best on a metric."""
    first = max(best["arms"], key=lambda arm: arm["p_best"])
    name = arm_name(first["arm"])
    return (
        f"{capital(name)} is the best of {len(best['arms'])} arms on "
        f"{inside(shortened(best['metric'], LONG_NAME))} with a chance of {chance(first['p_best'])}"
    )


def best_rows(best: Json) -> list[list[str]]:
    """Each arm's chance of being best and what choosing it gives up."""
    notation = change(best["unit"]).brief
    return [
        [arm_name(arm["arm"]), chance(arm["p_best"]), loss(arm["loss"], notation, 3)]
        for arm in best["arms"]
    ]
