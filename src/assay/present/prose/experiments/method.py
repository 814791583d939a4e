"""How an A/B test was done, written from the method that each comparison records."""

from __future__ import annotations

from typing import Any

from assay.present.blocks import Align, Block, Table, Terms
from assay.present.format import NOTHING, PERCENT, Notation, amount, as_printed, count, declared
from assay.present.prose.experiments import calibrated, families, plan, segments, used
from assay.present.prose.experiments.basis import unit_words
from assay.present.prose.experiments.reading import Reading, readings
from assay.present.prose.words import capital, counted, joined

Json = dict[str, Any]


def method(record: Json) -> list[Block]:
    """Paragraphs, terms and a table for whoever wants to check or repeat."""
    found = readings(record)
    return [
        _unit(record, found),
        _look(record, found),
        Terms(_terms(record, found)),
        *calibrated.table_of(record),
        _table(found),
        *_adjusted(found),
        *used.beside(found),
        *_remarks(found),
    ]


def _pairs(found: list[Reading]) -> str:
    """How many items are compared; a span where metrics or arms differ in it."""
    sizes = sorted({r.units for r in found})
    return " to ".join(count(n) for n in dict.fromkeys((sizes[0], sizes[-1])))


def _unit(record: Json, found: list[Reading]) -> str:
    units = unit_words(record)
    arms = counted(len(record["arms"]), "arm")
    if record["design"] == "paired":
        return (
            f"The {arms} share their {units}: each of the {_pairs(found)} {units} compared was "
            f"seen in both arms, and differences are taken within it."
        )
    if record["unit"] == "row":
        if record["n"] == 1:
            return f"The one row is one unit and belongs to one of {arms}."
        return f"Each of the {count(record['n'])} rows is one unit and belongs to one of {arms}."
    return (
        f"Each of the {count(record['n'])} {units} counts once and belongs to one of {arms}: what "
        f"it did is brought together into one number per metric before arms are compared."
    )


def _look(record: Json, found: list[Reading]) -> str:
    arms = len(record["arms"]) - 1
    text = plan.method(record)
    text += used.normality(found)
    if arms > 1:
        text += f" Arms are compared with {record['control']}, not with each other."
    if record["segments"]:
        columns = {s["column"] for s in record["segments"]}
        names = joined(sorted(column.replace("_", " ") for column in columns))
        text += f" Intervals within segments ({names}) are Bonferroni-adjusted for their number."
    for merged in record["merged"]:
        text += _of_merged(merged, record["smallest_cell"])
    return text


def _of_merged(merged: Json, smallest: int) -> str:
    """That small groups were not told one by one."""
    values = counted(
        merged["values"],
        f"value of {merged['column'].replace('_', ' ')}",
        f"values of {merged['column'].replace('_', ' ')}",
    )
    fate = (
        "told together as (other)" if merged["shown"] else "not told, nor is any other value of it"
    )
    return f" {capital(values)} with fewer than {count(smallest)} units in an arm: {fate}."


def _terms(record: Json, found: list[Reading]) -> list[tuple[str, str]]:
    ratio = record["sample_ratio"]
    posteriors = [r.body["posterior"] for r in found if r.body["posterior"]["p_better"] is not None]
    pairs = [
        ("Difference", _per_metric(found, "name")),
        ("Why not the usual one", used.reasons(found)),
        ("Skewness", used.moved(found)),
        ("One number per unit", _per_metric(found, "per_unit")),
        ("Lift", used.lift(found)),
        ("Chance and expected loss", _believed(posteriors)),
        ("Prior", _shared([p["prior"] for p in posteriors])),
        ("Many metrics and arms", families.method(record)),
        ("Segments together", segments.method(record)),
        ("Region of no interest", _declared(found, "equivalence")),
        ("Margins", _declared(found, "margin")),
        (
            "Sizes of arms",
            _sizes(ratio),
        ),
        ("How it is checked", calibrated.checked(record)),
        ("Seed", str(record["seed"])),
        ("References", used.references(found)),
    ]
    return [(name, text) for name, text in pairs if text]


def _sizes(ratio: Json) -> str:
    if ratio["p_value"] is None:
        return capital(ratio["reason"] or "not tested")
    if ratio.get("test") == "monitor":
        return (
            "Dirichlet–multinomial monitor of the planned shares, which holds at all looks "
            f"together, limit {ratio['threshold']:g}. Lindon and Malek (2022), NeurIPS 35."
        )
    return f"Pearson’s chi-square against the planned shares, limit {ratio['threshold']:g}."


def _per_metric(found: list[Reading], key: str) -> str:
    """What all metrics share is said once; otherwise it is said of which."""
    groups: dict[str, list[str]] = {}
    for r in found:
        names = groups.setdefault(str(r.body["method"][key]), [])
        if r.metric not in names:
            names.append(r.metric)
    if len(groups) == 1:
        return f"{capital(next(iter(groups)))}."
    said = "; ".join(f"{text} ({joined(names)})" for text, names in groups.items())
    return f"{capital(said)}."


def _believed(posteriors: list[Json]) -> str:
    if not posteriors:
        return ""
    models = joined(list(dict.fromkeys(p["method"] for p in posteriors)))
    return (
        f"From what is believed after the data ({models}): the chance is its share on the better "
        "side of zero, a loss is what a choice gives up on average, nothing where it is right."
    )


def _shared(texts: list[str]) -> str:
    different = list(dict.fromkeys(as_printed(text.rstrip(".")) for text in texts if text))
    return f"{capital('; '.join(different))}." if different else ""


def _declared(found: list[Reading], key: str) -> str:
    bounds: dict[str, float] = {
        r.metric: r.body[key]
        for r in found
        if r.body[key] and (r.role == "guardrail") == (key == "margin")
    }
    sign = "±" if key == "equivalence" else ""
    said = [f"{name} {sign}{declared(bound)}" for name, bound in bounds.items()]
    return f"{joined(said)}, as lift, declared before the run." if said else ""


def _table(found: list[Reading]) -> Table:
    corrected = any(r.body["method"].get("critical_value_adjusted") for r in found)
    both: list[tuple[str, Align]] = [("Adjusted", "right")] if corrected else []
    caption = "What the intervals were made from."
    if corrected:
        caption += " Adjusted: the critical value of the interval that the verdict goes by."
    return Table(
        caption,
        (
            ("Metric", "left"),
            ("Arm", "left"),
            ("Standard error", "right"),
            ("Degrees of freedom", "right"),
            ("Critical value", "right"),
            *both,
            ("Fieller’s g", "right"),
        ),
        [
            (
                r.row,
                r.arm,
                amount(r.body["method"]["standard_error"], r.change.brief),
                _plain(r.body["method"]["degrees_of_freedom"], 0),
                _plain(r.body["method"]["critical_value"], 3),
                *([_corrected(r.body["method"])] if corrected else []),
                _small(r.body["method"]["fieller_g"]),
            )
            for r in found
        ],
    )


def _corrected(method: Json) -> str:
    """The critical value after the family's correction, also where that changes nothing."""
    other = method.get("critical_value_adjusted")
    return _plain(method["critical_value"] if other is None else other, 3)


def _adjusted(found: list[Reading]) -> list[Block]:
    """What covariates and strata did, and what would have been found without them."""
    rows = [r for r in found if r.body["method"]["unadjusted"] is not None]
    if not rows:
        return []
    return [
        Table(
            "Metrics adjusted by what was known before exposure.",
            (
                ("Metric", "left"),
                ("Arm", "left"),
                ("Coefficient", "right"),
                ("Variance explained", "right"),
                ("Difference, unadjusted", "right"),
                ("How", "left"),
            ),
            [
                (
                    r.metric,
                    r.arm,
                    _slopes(r),
                    PERCENT.number(r.body["method"]["rho_squared"], 1),
                    _unadjusted(r),
                    _how(r),
                )
                for r in rows
            ],
        )
    ]


def _remarks(found: list[Reading]) -> list[Block]:
    """What the methods found beside the effect: dispersion, limits, tests of their own."""
    rows = [(r.metric, r.arm, remark) for r in found for remark in r.body["method"]["remarks"]]
    if not rows:
        return []
    return [
        Table(
            "What else the methods found.",
            (("Metric", "left"), ("Arm", "left"), ("What else was found", "left")),
            rows,
        )
    ]


def _slopes(r: Reading) -> str:
    method = r.body["method"]
    if method["theta"] is not None or not method["slopes"]:
        return _small(method["theta"])
    return "; ".join(
        f"{slope['covariate']} {_small(slope['slope'])}"
        + (
            f" (control {_small(slope['slope_control'])})"
            if slope["slope"] != slope["slope_control"]
            else ""
        )
        for slope in method["slopes"]
    )


def _how(r: Reading) -> str:
    method = r.body["method"]
    if method["adjustment_refusal"] is not None:
        return f"not {method['adjustment']}: {method['adjustment_refusal']}"
    return str(method["adjustment"] or "adjusted")


def _unadjusted(r: Reading) -> str:
    ends = r.body["method"]["unadjusted"]
    if ends is None:
        return NOTHING
    notation = r.change
    decimals = notation.decimals(ends["low"], ends["high"])
    value = notation.number(ends["value"], decimals, signed=True)
    return f"{value} {notation.interval(ends['low'], ends['high'], decimals)}"


def _plain(value: float | None, decimals: int) -> str:
    return Notation().number(value, decimals)


def _small(value: float | None) -> str:
    return amount(value, Notation())
