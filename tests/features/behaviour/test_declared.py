from pathlib import Path

from assay.features.behaviour import BEHAVIOURS

GUIDE = Path(__file__).resolve().parents[3] / "docs/segments.md"
WORDS = {
    "identity": "as it is",
    "log": "logarithm",
    "log1p": "log(1 + x / median)",
    "logit": "log odds",
}
EXPOSURES = {
    "exposed_days": "days after the first",
    "days": "days with use",
    "sessions": "sessions",
    "minutes_n": "sessions with an end",
    "rows": "interactions",
    "failed": "failures",
    "tokens": "tokens",
    "all_input": "tokens of input",
    "known": "known outcomes",
    "tokens_n": "interactions with tokens",
    "cost_n": "interactions with a cost",
    "latency_n": "interactions with a wait",
    "interventions_n": "interactions that say so",
    "rating_n": "ratings",
    "error_type_pairs_n": "failures with a kind",
    "error_message_pairs_n": "messages",
    "tool_pairs_n": "calls of tools",
    "model_pairs_n": "interactions with a model",
    "template_id_pairs_n": "interactions with a template",
    "operation_pairs_n": "interactions with an operation",
}


def line(one):
    if one.name == "irregularity":
        least = "5 days with use"
    elif one.whole is None:
        least = ""
    else:
        least = f"{one.least:g} {EXPOSURES[one.whole]}"
    drawn = ", shrunken" if one.shrunken else ""
    gap = "apart" if one.missing == "apart" else "typical"
    words = " / ".join(word or "–" for word in (one.high, one.low))
    told = (f"`{one.name}`", one.label, one.unit, least, WORDS[one.transform] + drawn, gap, words)
    return "| " + " | ".join(told) + " |"


def test_the_guide_lists_every_feature_as_it_is_declared():
    told = GUIDE.read_text().splitlines()
    for one in BEHAVIOURS:
        assert line(one) in told, line(one)
