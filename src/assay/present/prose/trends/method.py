"""How the series were looked at, from what was done."""

from __future__ import annotations

from typing import Any

from assay.present.blocks import Block, Terms
from assay.present.format import SPACE, count, declared
from assay.present.prose.trends.clauses import periods, series_told

Json = dict[str, Any]


def method(record: Json) -> list[Block]:
    """Paragraphs and terms for whoever wants to check or repeat."""
    series, level = record["series"], declared(record["level"])
    seasonal = [one for one in series if one["seasons"]]
    changes = sum(len(one["changes"]) for one in series)
    tested = [one["outlook"] for one in series if one["outlook"] and one["outlook"]["tested"]]
    unfinished = next((one["unfinished"] for one in series if one["unfinished"]), None)
    gaps = sum(one["gaps"] for one in series)
    told: dict[str, str] = {}
    told["Series"] = (
        f"{series_told(record['watched']).capitalize()}, one value a {record['every']} by the "
        f"calendar of {record['time_zone']}, with the number of units and the standard error "
        f"behind it. {count(gaps)} periods are gaps: nothing was logged, which is not zero."
        + (
            f" The period {unfinished} is not over and is left out, so that it is not read as a "
            "drop."
            if unfinished
            else ""
        )
    )
    told["Season"] = (
        f"Found in {count(len(seasonal))} of {count(len(series))}: power at the season’s "
        "frequency and its multiples beside that of their neighbours, which correlated noise "
        "does not fool. What it adds is fitted beside the line by robust least squares with "
        "correlated errors, together with the effects of incidents and holidays. Strength is the "
        "share of the variation about the line that it makes up."
    )
    told["Breaks"] = (
        f"{count(changes)} found. The series less its season is parted by penalised likelihood "
        "with first-order correlation of the noise; points count by one spread of units over "
        "the root of how many there are, far ones less. The price of a break is such that of "
        "series without one "
        f"{declared(round(1 - record['level'], 6))} would show any, over all "
        f"{count(record['watched'])} together (Bonferroni): each series is held to "
        f"{100 * record['level_each']:.4g}{SPACE}%, and so are the intervals of "
        "its dates and sizes. A size in percent is over the level before, whose own error is not "
        "in the interval."
    )
    told["Line"] = (
        f"The fitted level between breaks, with its {level} interval under the correlation of "
        "the noise. Where the breaks lie is taken as found."
    )
    told["Breaks together"] = (
        "A break joins others where one date for all is at least three times likelier than a date "
        "of its own anywhere within its reach; the probability takes their noise for independent."
    )
    told["Comparison"] = (
        f"The last {periods(record['recent'], record)} beside as many before, with an interval "
        "that allows for correlation; what other weekdays, or other weights on them, explain is "
        "told apart. Sure is what also holds over all series together."
    )
    told["What happened then"] = (
        f"{count(record['happenings'])} entries of the calendar and the tables given. Named is "
        "what began, or ended, from the period before the earliest likely one of a break to its "
        "latest. Beside it stands how often an equally long stretch of the series holds such an "
        "entry anyway: where that is most of the time, being there says little."
    )
    told["Forecast"] = (
        f"{periods(record['horizon'], record)} ahead, by smoothing, Theta, damped trend, "
        "autoregression, last season and harmonics, weighed by their errors from past origins; "
        f"intervals are quantiles of the combination’s own past errors. "
        f"{count(len(tested))} of {count(len(series))} could be tested on their past. A break "
        "that never happened before is not in them."
    )
    if record["mixes"]:
        told["Mix"] = (
            "Shares of the rows by value, compared like any series; sure is what holds over all "
            "values of all columns together. When a share broke is looked for in the same way."
        )
    if record["wholes"]:
        told["Totals"] = (
            "Each part and the total are forecast by themselves; what they are apart is shared out "
            "by the squared widths of their intervals, which move along and keep their widths."
        )
    return ["What was done, written from what ran.", Terms(list(told.items()))]
