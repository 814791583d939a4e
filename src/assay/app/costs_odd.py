"""What `assay cost anomalies` prints: what stood out in spend, and whose calls it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.analysis.costs.anomalies import places_of, shares_of, spend_anomalies, with_users
from assay.app.console import say
from assay.app.costs import Asked
from assay.core.errors import DataError
from assay.core.result import record
from assay.features.implausible import usual_costs
from assay.features.spenders import UNIT, spenders
from assay.present.costs.anomaly_listing import anomaly_listing, user_listing
from assay.present.costs.listing import check_form, listed

if TYPE_CHECKING:
    from assay.app.costs import Question


def show_anomalies(question: Question, *, users: bool, form: str) -> None:
    """Prints days and levels that stood out, or the users behind each.

    Raises:
        DataError: where users are asked for and the data name none.
    """
    known = check_form(form)
    asked = Asked.of(question)
    if users and UNIT not in asked.rows.collect_schema().names():
        raise DataError(
            f"--users: the data have no column {UNIT!r}", remedy="map one when logs are imported"
        )
    values, book = asked.values, asked.prices
    by = asked.by or asked.known(values["by"])
    lines = asked.lines(by=by)
    found = spend_anomalies(lines, by=by)
    sums = spenders(
        asked.rows,
        places_of(found),
        book,
        lines=lines,
        basis=values["basis"],
        usual=usual_costs(asked.rows, book),
        time_zone=values["time_zone"],
    )
    told = with_users(found, sums, k=values["smallest_cell"])
    result = record(told, kind="cost-anomalies")
    if users:
        say(listed(user_listing(result, shares_of(found, sums).to_dicts()), known))
    else:
        say(listed(anomaly_listing(result), known))
