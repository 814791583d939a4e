"""What the method appendix says of the methods that really ran, and of those beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.present.blocks import Block, Table
from assay.present.format import NOTHING, p_value
from assay.present.prose.words import capital, inside, joined

if TYPE_CHECKING:
    from assay.present.prose.experiments.reading import Reading

Json = dict[str, Any]

SOURCES: Final[dict[str, str]] = {
    "Welch t": "Welch (1947), Biometrika 34; Fieller (1954), JRSS B 16",
    "delta method": "Deng et al. (2018), KDD (ratios)",
    "covariate": "Deng et al. (2013), WSDM; Lin (2013), Annals of Applied Statistics 7",
    "paired t": "Student (1908), Biometrika 6; Fieller (1954), JRSS B 16",
    "bootstrap-t": "Hall (1992), The bootstrap and Edgeworth expansion (resampled items)",
    "McNemar": (
        "Fagerland et al. (2013), BMC Medical Research Methodology 13 (mid-p); Tango (1998), "
        "Statistics in Medicine 17; Tang et al. (2003), Statistics in Medicine 22 (their intervals)"
    ),
    "score interval": (
        "Miettinen & Nurminen (1985), Statistics in Medicine 4; Gart & Nam (1988), Biometrics 44; "
        "Laud (2017), Pharmaceutical Statistics 16 (rates with few events)"
    ),
    "permutation": "Chung & Romano (2013), Annals of Statistics 41 (permuted units)",
    "order statistics": (
        "Woodruff (1952), JASA 47; Zou & Donner (2008), Statistics in Medicine 27; "
        "Donner & Zou (2012), Statistical Methods in Medical Research 21 (quantiles)"
    ),
    "Poisson": (
        "Welch (1947), Biometrika 34; Fieller (1954), JRSS B 16; Dean (1992), JASA 87 (counts)"
    ),
    "negative binomial": (
        "Welch (1947), Biometrika 34; Fieller (1954), JRSS B 16; "
        "Lawless (1987), Canadian Journal of Statistics 15 (counts)"
    ),
    "restricted mean": "Kaplan & Meier (1958), JASA 53; Royston & Parmar (2013), BMC MRM 13",
}
_OWN_LIFT: Final = ("score interval", "permutation", "McNemar", "bootstrap")
"""Methods whose lift comes from turning their own test round."""
_QUANTILE: Final = "order statistics"
SKEWED: Final = "Hall (1992), The bootstrap and Edgeworth expansion, section 2.6"
_UNEVEN: Final = 1e-6
"""Share of an interval by which its halves differ only where something moved them."""


def lift(found: list[Reading]) -> str:
    """How the lift's interval was had from the difference's."""
    groups: dict[str, list[str]] = {}
    for r in found:
        name = str(r.body["method"]["name"])
        if name != "none":
            metrics = groups.setdefault(_ratio(name), [])
            metrics += [] if r.metric in metrics else [r.metric]
    if not groups:
        return ""
    alone = len(groups) == 1
    said = [how if alone else f"{how} ({joined(metrics)})" for how, metrics in groups.items()]
    return (
        f"Difference over the size of the control’s value, {joined(said)}: it excludes zero "
        "exactly when that of the difference does."
    )


def _ratio(name: str) -> str:
    if _is_of(name, _OWN_LIFT):
        return "with the interval of all lifts that the same test does not reject"
    if _is_of(name, (_QUANTILE,)):
        return "with the ratio’s interval recovered from those of both arms"
    return "with Fieller’s interval at the same critical value"


def _is_of(name: str, methods: tuple[str, ...]) -> bool:
    return any(method.casefold() in name.casefold() for method in methods)


def normality(found: list[Reading]) -> str:
    """What the intervals take for granted: something, or nothing, nearly normal."""
    apart = (*_OWN_LIFT, _QUANTILE, "none")
    if all(_is_of(name, apart) for name in _names(found)):
        return ""
    return (
        " Averages are taken to be nearly normal where a check of events, skewness and sizes lets "
        "them pass; the rest have methods of their own."
    )


def moved(found: list[Reading]) -> str:
    """That a difference's interval was moved by the values' skewness; nothing where none was."""
    metrics = list(dict.fromkeys(r.metric for r in found if _is_moved(r)))
    if not metrics:
        return ""
    return (
        f"The interval of the difference in {joined([inside(m) for m in metrics])} is Welch’s, its "
        "ends moved by the skewness that the difference would have, were amounts multiplied by "
        f"what it amounts to: {SKEWED}. At no difference nothing is moved, nor is the lift."
    )


def _is_moved(r: Reading) -> bool:
    """Whether the ends of the difference by itself lie unevenly about it, as Welch's never do."""
    method, ends = r.body["method"], r.body["difference"]
    if ends["low"] is None or ends["high"] is None or ends["value"] is None:
        return False
    if _is_of(str(method["name"]), (*_OWN_LIFT, _QUANTILE)):
        return False
    up, down = ends["high"] - ends["value"], ends["value"] - ends["low"]
    return bool(abs(up - down) > _UNEVEN * (up + down))


def reasons(found: list[Reading]) -> str:
    """Why a metric has another method than the usual one; nothing where none has."""
    said: dict[str, list[str]] = {}
    for r in found:
        why = r.body["method"].get("reason")
        if why and r.metric not in said.setdefault(why, []):
            said[why].append(r.metric)
    told = "; ".join(f"{joined(metrics)}: {why}" for why, metrics in said.items())
    return f"{capital(told)}." if told else ""


def references(found: list[Reading]) -> str:
    """Where the methods that ran are described."""
    names = [*_names(found), *(str(r.body["method"].get("adjustment") or "") for r in found)]
    used = [
        source
        for part, source in SOURCES.items()
        if any(part.casefold() in name.casefold() for name in names)
    ]
    adjusted = any(r.body["method"].get("unadjusted") is not None for r in found)
    if adjusted and SOURCES["covariate"] not in used:
        used.append(SOURCES["covariate"])
    if any(_is_moved(r) for r in found):
        used.append(SKEWED)
    each = [work for source in used for work in source.split("; ")]
    return "; ".join(dict.fromkeys([*each, "Kay et al. (2016), CHI (dots)"])) + "."


def beside(found: list[Reading]) -> list[Block]:
    """What other methods answer to the same questions; nothing where none was asked."""
    rows = [
        (r.row, r.arm, capital(other["name"]), _difference(r, other), p_value(other["p_value"]))
        for r in found
        for other in r.body["method"].get("also", ())
    ]
    if not rows:
        return []
    return [
        Table(
            "Other methods on the same data; none of them decides.",
            (
                ("Metric", "left"),
                ("Arm", "left"),
                ("Method", "left"),
                ("Difference", "right"),
                ("p", "right"),
            ),
            rows,
        )
    ]


def _names(found: list[Reading]) -> list[str]:
    methods = [r.body["method"] for r in found if r.body["difference"]["low"] is not None]
    return list(dict.fromkeys(str(method["name"]) for method in methods))


def _difference(r: Reading, other: Json) -> str:
    ends = other["difference"]
    if ends is None:
        return NOTHING
    decimals = r.change.decimals(ends["low"], ends["high"])
    value = r.change.number(ends["value"], decimals, signed=True)
    return f"{value} {r.change.interval(ends['low'], ends['high'], decimals)}"
