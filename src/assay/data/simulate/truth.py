"""What was put into the sample, so that what is found in it can be judged."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from assay.data.simulate import advice, content, evaluation, learning, panel
from assay.data.simulate import platform as p
from assay.data.simulate.experiments import EXPERIMENTS


def truth_json(seed: int) -> str:
    """The truths as JSON; `data/README.md` says what each one means."""
    greeting, planner = EXPERIMENTS
    nothing = dict.fromkeys(("interactions", "cost_usd", "latency_s"), 0.0)
    experiments = {
        greeting.name: {"solved": p.GREETING_LIFT, "converted": 0.0} | nothing,
        planner.name: {"solved": 0.0, "rating": 0.0, "interventions": 0.0} | nothing,
    }
    truth = {
        "schema": {"kind": "sample-truth", "version": 1},
        "seed": seed,
        "days": {"first": p.START.isoformat(), "last": p.END.isoformat(), "count": p.DAYS},
        "experiments": {
            experiment.name: {
                "agent": experiment.agent,
                "control": experiment.control,
                "variant": experiment.variant,
                "first_day": p.EXPERIMENT_FROM.isoformat(),
                "last_day": (p.EXPERIMENT_FROM + timedelta(days=p.EXPERIMENT_DAYS - 1)).isoformat(),
                "split": 0.5,
                "lift": experiments[experiment.name],
            }
            for experiment in EXPERIMENTS
        },
        "events": _events(),
        "evaluation": {
            "control": evaluation.EVALUATED[0],
            "variant": evaluation.EVALUATED[1],
            "items": evaluation.ITEMS,
            "lift": {"succeeded": evaluation.EVALUATION_LIFT},
        },
        "learning": {
            "log_odds_per_doubling": learning.LOG_ODDS_PER_DOUBLING,
            "time_exponent": learning.TIME_EXPONENT,
        },
        "content": {
            "impressions_exponent": content.DECAY_EXPONENT,
            "channel_log_odds": content.CHANNELS,
        },
        "predictions": {"coverage": advice.LEVEL},
        "drifting_judge": panel.told(),
    }
    return json.dumps(truth, indent=2, ensure_ascii=False) + "\n"


def _events() -> dict[str, Any]:
    """What happened on known days."""
    return {
        "latency_regression": {
            "agent": p.PLANNER,
            "version": "2.1",
            "first_day": p.REGRESSION_FROM.isoformat(),
            "last_day": (p.REGRESSION_UNTIL - timedelta(days=1)).isoformat(),
            "ratio": p.REGRESSION_RATIO,
        },
        "price_change": {
            "model": p.CHANGED_MODEL,
            "first_day": p.PRICE_CHANGE.isoformat(),
            "ratio": p.PRICE_RATIO,
        },
        "incident": {
            "provider": p.INCIDENT_PROVIDER,
            "day": p.INCIDENT_DAY.isoformat(),
            "hours_utc": list(p.INCIDENT_HOURS),
            "error_rate": p.INCIDENT_ERRORS,
        },
        "slower_benchmark": {
            "workload": "index",
            "metric": "time",
            "first_day": (p.START + timedelta(days=evaluation.SLOWER_FROM)).isoformat(),
            "ratio": evaluation.SLOWER_RATIO,
        },
    }
