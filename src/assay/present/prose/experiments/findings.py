"""Findings that speak: a heading, a sentence for a manager, and one for a statistician."""

from __future__ import annotations

from typing import Any

from assay.present.format import as_printed, chance, count, declared
from assay.present.prose.experiments.basis import SIZES_DIFFER, p_words
from assay.present.prose.experiments.clauses import title
from assay.present.prose.experiments.derived import derived
from assay.present.prose.experiments.reading import Reading, readings
from assay.present.prose.words import capital

Json = dict[str, Any]


def tell(record: Json) -> Json:
    """The record with its findings told, and with the numbers that sentences are made with."""
    known = {(r.metric, r.arm): r for r in readings(record)}
    return record | {
        "findings": [_told(finding, known, record) for finding in record["findings"]],
        "derived": derived(record),
    }


def _told(finding: Json, known: dict[tuple[str, str], Reading], record: Json) -> Json:
    reading = next(
        (r for (metric, arm), r in known.items() if finding["key"] == f"{metric}/{arm}"), None
    )
    if reading is None:
        said = as_printed(capital(finding["reason"].rstrip("."))) + "."
        return finding | {"title": _mismatch(finding), "plain": said, "exact": said}
    return finding | {
        "title": title(reading),
        "plain": plain(reading),
        "exact": exact(reading, confidence=1 - record["alpha"]),
    }


def _mismatch(finding: Json) -> str:
    """The heading of a finding that speaks of no metric."""
    if finding["key"] == "sample-ratio":
        return SIZES_DIFFER
    return capital(finding["what"])


def plain(reading: Reading) -> str:
    """For whoever decides: what moved, from what to what, and whether that is wanted."""
    state = reading.state
    if state == "blocked":
        return f"{title(reading)}: {reading.reason}."
    if state == "silent":
        return f"{reading.metric} {reading.verb('has')} no answer. {capital(reading.reason)}."
    said = title(reading)
    if state in {"better", "worse"} and reading.from_to:
        said += f" (from {reading.from_to})"
    if state == "better" and reading.lower_is_better:
        said += "; less is better"
    if state == "worse" and not reading.lower_is_better:
        said += "; more is better"
    if not reading.bounded:
        said += (
            f". Relative to {reading.control} the change has no bound: "
            f"{reading.control} cannot be told from zero"
        )
    return f"{said}."


def exact(reading: Reading, *, confidence: float) -> str:
    """For whoever checks: estimator, estimates, intervals, n, and the posterior with its prior."""
    body, method = reading.body, reading.body["method"]
    counts = f"n = {count(body['n'])} and {count(body['n_control'])}"
    if body["difference"]["low"] is None:
        head = f"{capital(method['name'])}: no interval ({reading.reason}); {counts}"
    else:
        degrees = method["degrees_of_freedom"]
        df = f", {_degrees(degrees)} of freedom" if degrees is not None else ""
        lift = f"lift {reading.lift} by Fieller’s theorem" if reading.bounded else _no_lift(reading)
        head = (
            f"{capital(method['name'])}: difference {reading.difference} at "
            f"{declared(confidence)}{df}, p {p_words(body['p_value'])}; {lift}; {counts}"
        )
    blocked = "Not to be concluded from. " if reading.state == "blocked" else ""
    return f"{blocked}{head}. {_posterior(reading)}"


def _degrees(number: float) -> str:
    said = count(number)
    return f"{said} {'degree' if said == '1' else 'degrees'}"


def _no_lift(reading: Reading) -> str:
    g = reading.body["method"]["fieller_g"]
    return "lift unbounded" + (f" (Fieller g = {g:.2f})" if g is not None else "")


def _posterior(reading: Reading) -> str:
    posterior = reading.body["posterior"]
    if posterior["p_better"] is None:
        return f"No posterior: {(posterior['reason'] or 'none was asked for').rstrip('.')}."
    ship, keep = reading.losses
    return (
        f"Posterior ({posterior['method']}; prior {as_printed(posterior['prior'])}): "
        f"chance of being better {chance(posterior['p_better'])}, "
        f"expected loss {ship} if shipped and {keep} if not."
    )
