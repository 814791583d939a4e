"""Metrics and arms that are read together: what still stands once their number is paid."""

from __future__ import annotations

from typing import Any, Final

from assay.present.format import declared
from assay.present.prose.experiments.basis import level_of
from assay.present.prose.words import capital, counted, in_words, joined

Json = dict[str, Any]

NAMES: Final[dict[str, str]] = {
    "none": "none",
    "bonferroni": "Bonferroni",
    "sidak": "Šidák",
    "holm": "Holm",
    "hochberg": "Hochberg",
    "hommel": "Hommel",
    "dunnett": "Dunnett",
    "bh": "Benjamini–Hochberg",
    "by": "Benjamini–Yekutieli",
}
_STEPWISE: Final = frozenset({"holm", "hochberg", "hommel"})
_SOURCES: Final[dict[str, str]] = {
    "sidak": "Šidák (1967), JASA 62",
    "holm": "Holm (1979), Scandinavian Journal of Statistics 6",
    "hochberg": "Hochberg (1988), Biometrika 75",
    "hommel": "Hommel (1988), Biometrika 75",
    "dunnett": "Dunnett (1955), JASA 50; Hasler and Hothorn (2008), Biometrical Journal 50",
    "bh": "Benjamini and Hochberg (1995), JRSS B 57; Benjamini and Yekutieli (2005), JASA 100",
    "by": "Benjamini and Yekutieli (2001), Annals of Statistics 29, and (2005), JASA 100",
}


def together(record: Json) -> list[Json]:
    """The families that were corrected, so that something can be told of them."""
    return [family for family in record.get("families", ()) if family["correction"] != "none"]


def heading(record: Json) -> str:
    """`Two of the five differences seen alone stand once all six comparisons are counted`."""
    mine = compared(record)
    alone = sum(_apart(body["difference"]) for body in mine)
    stands = sum(_shown(body, record["alpha"]) for body in mine)
    all_of_them = f"{_all(len(mine))} comparisons are counted"
    if not alone:
        where = "either" if len(mine) == 2 else f"any of {in_words(len(mine))}"
        return f"No difference is seen in {where} comparison{'' if len(mine) == 2 else 's'}"
    differences = counted(alone, "difference")
    if alone == 1:
        end = "stands" if stands else "does not stand"
        return f"The one difference seen {end} once {all_of_them}"
    if stands == alone:
        return f"{capital(_all(alone))} differences seen stand once {all_of_them}"
    kept = capital(in_words(stands)) if stands else "None"
    verb = "stands" if stands == 1 else "stand"
    return f"{kept} of the {differences} seen {verb} once {all_of_them}"


def _all(number: int) -> str:
    return "both" if number == 2 else f"all {in_words(number)}"


def lead(record: Json) -> str:
    """How the number was paid for, and what the adjusted columns promise."""
    kinds: dict[tuple[str, str], list[Json]] = {}
    for family in together(record):
        kinds.setdefault((family["correction"], family["promise"]), []).append(family)
    return " ".join(_promise(families, record) for families in kinds.values())


def compared(record: Json) -> list[Json]:
    """The comparisons of the families that were corrected."""
    names = {name for family in together(record) for name in family["metrics"]}
    return [body for body in record["comparisons"] if body["metric"] in names]


def method(record: Json) -> str:
    """How the number of metrics and arms was paid for, for the appendix."""
    families = record.get("families", ())
    if not families:
        return ""
    said = [_made(family, record) for family in families]
    if any(family["correction"] in _STEPWISE for family in families):
        said.append(
            "Intervals of a stepwise method hold together at Bonferroni’s level: steps that follow "
            "the tests could not say how large a difference is. Where the test shows a difference "
            "and that interval still reaches over zero, it is ended at zero."
        )
    if any(family["role"] == "guardrail" for family in families):
        said.append(
            "An arm ships only if every guardrail holds, so that more guardrails make a wrong "
            "decision to ship rarer: Schultzberg et al. (2024), arXiv 2402.11609."
        )
    sources = [_SOURCES[f["correction"]] for f in families if f["correction"] in _SOURCES]
    if sources:
        said.append(f"{'; '.join(dict.fromkeys(sources))}.")
    return " ".join(said)


def _made(family: Json, record: Json) -> str:
    name = f"{capital(family['role'])} metrics"
    if family["tests"] == 1:
        return f"{name}: one comparison, nothing to correct."
    comparisons = counted(family["tests"], "comparison")
    if family["correction"] == "none":
        return f"{name}: {comparisons}, each by itself at {level_of(record)}."
    each = ""
    if family["interval_alpha"] is not None:
        each = f", each interval at {declared(1 - family['interval_alpha'])}"
    why = f" ({family['reason']})" if family["reason"] else ""
    return f"{name}: {NAMES[family['correction']]} over {comparisons}{each}{why}."


def _promise(families: list[Json], record: Json) -> str:
    names = joined([str(family["role"]) for family in families])
    how = NAMES[families[0]["correction"]]
    if families[0]["promise"] == "few false":
        return (
            f"For {names} metrics ({how}), no more than {declared(record['alpha'])} on average of "
            "those said to differ do not, and of their intervals no more than that miss."
        )
    return f"For {names} metrics ({how}), all intervals hold together at {level_of(record)}."


def _apart(ends: Json) -> bool:
    """Whether an interval excludes zero."""
    return ends["low"] is not None and not ends["low"] <= 0 <= ends["high"]


def _shown(body: Json, alpha: float) -> bool:
    """Whether a difference is shown after the correction."""
    ends = body["difference_adjusted"] or body["difference"]
    return _apart(ends) or (0 in {ends["low"], ends["high"]} and body["p_adjusted"] <= alpha)
