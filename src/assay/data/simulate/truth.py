"""What was put into the sample, so that what is found in it can be judged."""

from __future__ import annotations

import json

from assay.data.simulate import platform as p
from assay.data.simulate.experiments import EXPERIMENTS


def truth_json(seed: int) -> str:
    """The truths as JSON; `data/README.md` says what each one means."""
    greeting, planner = EXPERIMENTS
    last = p.EXPERIMENT_FROM.toordinal() + p.EXPERIMENT_DAYS - 1
    truth = {
        "schema": {"kind": "sample-truth", "version": 1},
        "seed": seed,
        "days": {"first": p.START.isoformat(), "last": p.END.isoformat(), "count": p.DAYS},
        "experiments": {
            greeting.name: {
                "agent": greeting.agent,
                "control": greeting.control,
                "variant": greeting.variant,
                "first_day": p.EXPERIMENT_FROM.isoformat(),
                "last_day": p.EXPERIMENT_FROM.fromordinal(last).isoformat(),
                "lift": {
                    "solved": p.GREETING_LIFT,
                    "interactions": 0.0,
                    "cost_usd": 0.0,
                    "latency_s": 0.0,
                    "converted": 0.0,
                },
            },
            planner.name: {
                "agent": planner.agent,
                "control": planner.control,
                "variant": planner.variant,
                "first_day": p.EXPERIMENT_FROM.isoformat(),
                "last_day": p.EXPERIMENT_FROM.fromordinal(last).isoformat(),
                "lift": {
                    "solved": 0.0,
                    "interactions": 0.0,
                    "cost_usd": 0.0,
                    "latency_s": 0.0,
                    "rating": 0.0,
                    "interventions": 0.0,
                },
            },
        },
        "latency_regression": {
            "agent": p.PLANNER,
            "version": "2.1",
            "first_day": p.REGRESSION_FROM.isoformat(),
            "until": p.REGRESSION_UNTIL.isoformat(),
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
    }
    return json.dumps(truth, indent=2, ensure_ascii=False) + "\n"
