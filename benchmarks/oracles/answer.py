"""What one other tool says of many series; run by `benchmarks/peers.py` in that tool's environment.

python answer.py NAME < questions.json > answers.json

Imports nothing of Assay: only the standard library, NumPy and the tool. A question is a list of
series, for forecasts with horizon and seasons; an answer is what is said of each, and the
milliseconds of the processor.
"""

import contextlib
import json
import math
import sys
import time
import warnings

SMALLEST = 0.05
"""Change that counts, as a share, for those who are told one."""
APART = 5
"""Days within which two places are the same change."""


def pelt(y, _):
    import ruptures

    return ruptures.Pelt("l2", jump=1).fit(scores(y)).predict(pen=3 * math.log(len(y)))[:-1]


def kernel(y, _):
    import ruptures

    return ruptures.KernelCPD("linear").fit(scores(y)).predict(pen=3 * math.log(len(y)))[:-1]


def otava(y, _):
    from otava.analysis import compute_change_points

    return [one.index for one in compute_change_points(list(y))[0]]


def asv(y, _):
    from asv.step_detect import detect_steps

    return [step[0] for step in detect_steps(list(y))][1:]


def otava_from_5(y, _):
    from otava.analysis import compute_change_points

    return [one.index for one in compute_change_points(list(y), min_magnitude=SMALLEST)[0]]


def asv_from_5(y, _):
    from asv.step_detect import detect_regressions, detect_steps

    found = detect_regressions(detect_steps(list(y)), threshold=SMALLEST)[2]
    return [first for _, first, _, _ in found or []]


def replayed(method):
    """Day by day from `since` on: when each place was first told, and the place."""

    def way(y, asked):
        told = []
        for day in range(asked.get("since", len(y) - 1), len(y)):
            for at in method(y[: day + 1], asked):
                if all(abs(at - known) > APART for _, known in told):
                    told.append([day, at])
        return told

    return way


def mstl(y, asked):
    import numpy as np
    from statsforecast.models import MSTL, AutoETS

    model = MSTL(season_length=asked["periods"], trend_forecaster=AutoETS(model="ZZN"))
    found = model.forecast(y=np.array(y), h=asked["horizon"], level=[95])
    return [list(map(float, found[k])) for k in ("mean", "lo-95", "hi-95")]


def dynamic_theta(y, asked):
    import numpy as np
    from statsforecast.models import DynamicOptimizedTheta

    model = DynamicOptimizedTheta(season_length=asked["periods"][0])
    found = model.forecast(y=np.array(y), h=asked["horizon"], level=[95])
    return [list(map(float, found[k])) for k in ("mean", "lo-95", "hi-95")]


def scores(y):
    import numpy as np

    z = np.asarray(y, dtype=float)
    return ((z - z.mean()) / (z.std() or 1.0)).reshape(-1, 1)


KNOWN = {
    "ruptures PELT": pelt,
    "ruptures KernelCPD": kernel,
    "Otava": otava,
    "asv": asv,
    "Otava, ≥ 5 %": otava_from_5,
    "asv, ≥ 5 %": asv_from_5,
    "Otava, ≥ 5 %, day by day": replayed(otava_from_5),
    "asv, ≥ 5 %, day by day": replayed(asv_from_5),
    "statsforecast MSTL + AutoETS": mstl,
    "statsforecast dynamic Theta": dynamic_theta,
}


def main():
    method, questions = KNOWN[sys.argv[1]], json.load(sys.stdin)
    answers = []
    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        method(*first(questions))
        for asked in questions:
            begin = time.process_time()
            try:
                said = method(asked["y"], asked)
            except Exception as error:  # noqa: BLE001  a tool that fails on a series is counted
                said = None
                print(f"{sys.argv[1]}: {error!r}"[:200], file=sys.stderr)
            spent = 1000 * (time.process_time() - begin)
            answers.append({"said": said, "ms": spent})
    json.dump(answers, sys.stdout, default=int)


def first(questions):
    """Something to warm up on, so that imports are not timed."""
    asked = dict(questions[0], y=[float(v % 7 + v / 10) for v in range(60)])
    return asked["y"], dict(asked, periods=[7])


if __name__ == "__main__":
    main()
