"""What is looked at of each entity, in the order in which pages tell it."""

from __future__ import annotations

from typing import Final

from assay.core.errors import ParameterError
from assay.features.behaviour.feature import Feature, mix, share

KINDS: Final = ("prompt", "behaviour", "interface", "workflow", "integration", "knowledge")
"""Kinds of customisation, as the table configurations knows them."""


def _customisations(kind: str) -> Feature:
    return Feature(
        name=f"changes_{kind}",
        label=f"customisations of {'the ' if kind == 'interface' else ''}{kind} per week",
        unit="per week",
        part=f"changes_{kind}",
        whole="exposed_days",
        scale=7,
        transform="log1p",
        least=14,
        high=f"customising {kind}",
    )


BEHAVIOURS: Final[tuple[Feature, ...]] = (
    Feature(
        name="days_per_week",
        label="days with use per week",
        unit="days per week",
        part="later_days",
        whole="exposed_days",
        scale=7,
        transform="log1p",
        least=13,
        missing="apart",
        visits=True,
        high="frequent",
        low="rare",
    ),
    Feature(
        name="recency_days",
        label="days since the last use",
        unit="days",
        part="recency_days",
        transform="log1p",
        visits=True,
        high="away",
    ),
    Feature(
        name="irregularity",
        label="unevenness of the gaps between days with use, over that of chance",
        unit="ratio",
        part="gap_cv",
        transform="log1p",
        visits=True,
        high="in bursts",
        low="regular",
    ),
    Feature(
        name="per_day",
        label="interactions on a day with use",
        unit="interactions",
        part="rows",
        whole="days",
        least=3,
        missing="apart",
        visits=True,
        high="intensive",
        low="brief",
    ),
    Feature(
        name="per_session",
        label="interactions per session",
        unit="interactions",
        part="session_rows",
        whole="sessions",
        least=3,
        high="long sessions",
        low="short sessions",
    ),
    Feature(
        name="session_minutes",
        label="minutes per session",
        unit="minutes",
        part="minutes",
        whole="minutes_n",
        transform="log1p",
        least=3,
        high="lasting sessions",
        low="quick sessions",
    ),
    Feature(
        name="tokens",
        label="tokens per interaction",
        unit="tokens",
        part="tokens",
        whole="tokens_n",
        transform="log1p",
        least=5,
        high="long texts",
        low="short texts",
    ),
    Feature(
        name="session_tokens",
        label="tokens per session",
        unit="tokens",
        part="session_tokens",
        whole="sessions",
        transform="log1p",
        least=3,
        follows=("tokens", "per_session"),
        high="long texts",
        low="short texts",
    ),
    Feature(
        name="output_share",
        label="share of tokens that is output",
        unit="share",
        part="output_tokens",
        whole="tokens",
        transform="logit",
        high="much output",
        low="little output",
    ),
    Feature(
        name="cached_share",
        label="share of input that was read from a cache",
        unit="share",
        part="cache_read_tokens",
        whole="all_input",
        transform="identity",
        high="cached",
        low="uncached",
    ),
    Feature(
        name="cost",
        label="cost per interaction",
        unit="USD",
        part="cost_usd",
        whole="cost_n",
        transform="log1p",
        least=5,
        high="costly",
        low="cheap",
    ),
    Feature(
        name="session_cost",
        label="cost per session",
        unit="USD",
        part="session_cost",
        whole="sessions",
        transform="log1p",
        least=3,
        follows=("cost", "per_session"),
        high="costly",
        low="cheap",
    ),
    Feature(
        name="latency",
        label="typical wait for an answer",
        unit="s",
        part="log_latency",
        whole="latency_n",
        geometric=True,
        least=5,
        high="slow answers",
        low="quick answers",
    ),
    share(
        "errors",
        "share of interactions that failed",
        "failed",
        "known",
        high="failing",
        low="sound",
    ),
    mix(
        "error_mix",
        "chance that two failures are of different kinds",
        "error_type",
        high="many kinds of errors",
        low="one kind of errors",
    ),
    mix(
        "error_wording",
        "chance that two messages of errors differ in wording",
        "error_message",
        high="errors in many words",
        low="errors in the same words",
    ),
    share("retries", "share of interactions that are retries", "retries", "rows", high="retrying"),
    Feature(
        name="retries_per_failure",
        label="retries per interaction that failed",
        unit="per failure",
        part="retries",
        whole="failed",
        transform="log1p",
        least=5,
        follows=("errors", "retries"),
        high="persistent",
        low="giving up",
    ),
    share("tool_share", "share of interactions with a tool", "tooled", "rows", high="with tools"),
    mix(
        "tool_mix",
        "chance that two calls of tools are of different tools",
        "tool",
        high="many tools",
        low="one tool",
    ),
    mix(
        "model_mix",
        "chance that two interactions are with different models",
        "model",
        high="many models",
        low="one model",
    ),
    mix(
        "template_mix",
        "chance that two interactions are from different templates",
        "template_id",
        high="many templates",
        low="one template",
    ),
    mix(
        "operation_mix",
        "chance that two interactions are of different operations",
        "operation",
        high="many operations",
        low="one operation",
    ),
    Feature(
        name="interventions",
        label="interventions per interaction",
        unit="per interaction",
        part="interventions",
        whole="interventions_n",
        transform="log1p",
        least=5,
        high="watched",
    ),
    Feature(
        name="rating",
        label="mean rating",
        unit="share",
        part="rating_sum",
        whole="rating_n",
        transform="identity",
        least=3,
        high="satisfied",
        low="dissatisfied",
    ),
    share("rated", "share of interactions that were rated", "rating_n", "rows", high="outspoken"),
    share("nights", "share of interactions from 22 to 6", "nights", "rows", high="mostly nights"),
    share(
        "office_hours",
        "share of interactions from 9 to 17",
        "office",
        "rows",
        high="in office hours",
        low="out of office hours",
    ),
    share("weekends", "share of interactions at weekends", "weekend", "rows", high="at weekends"),
    Feature(
        name="hour_mix",
        label="chance that two interactions are in different parts of the day",
        unit="share",
        part="hour_pairs",
        whole="rows",
        transform="identity",
        least=10,
        visits=True,
        high="all hours",
        low="fixed hours",
    ),
    *(_customisations(kind) for kind in KINDS),
    Feature(
        name="changes",
        label="customisations per week",
        unit="per week",
        part="changes",
        whole="exposed_days",
        scale=7,
        transform="log1p",
        least=14,
        follows=tuple(f"changes_{kind}" for kind in KINDS),
        high="customising",
    ),
)
"""Behaviours that are known by name, in the order in which pages tell them."""


def chosen(names: tuple[str, ...] | None) -> tuple[Feature, ...]:
    """The features of these names, all where there are none.

    Raises:
        ParameterError: naming the first that is unknown, or where the list is empty.
    """
    if names is None:
        return BEHAVIOURS
    known = {one.name: one for one in BEHAVIOURS}
    remedy = f"expected some of {', '.join(known)}"
    if not names:
        raise ParameterError("no feature is named", remedy=remedy)
    for name in names:
        if name not in known:
            raise ParameterError(f"feature {name!r} is unknown", remedy=remedy)
    return tuple(known[name] for name in dict.fromkeys(names))
