"""What recording an event costs the application: its thread, and all its threads together.

python benchmarks/live.py [--events 200000] [--repeats 5]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

THREADS = 4
LIMIT_US = 5.0
SETTINGS = '[privacy]\ncontext = ["ctx_team"]\n'
CASES = {
    "alone": (1, 0.0),
    "4 threads": (THREADS, 0.0),
    "alone, 20,000 a second": (1, 20_000.0),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        print(json.dumps(measured(options.case, options.events)))
        return
    columns = ("wall", "caller", "background", "rest")
    print(f"µs per event, median of {options.repeats}; limit {LIMIT_US:.0f} µs on average")
    print(
        f"{'':24}{'wall':>8}{'caller':>10}{'background':>12}{'sum':>8}{'flush, s':>10}{'kept':>8}"
    )
    for case in CASES:
        found = [in_a_process(case, options.events) for _ in range(options.repeats)]
        wall, caller, background, rest = (
            statistics.median(each[name] for each in found) for name in columns
        )
        kept = min(each["kept"] for each in found)
        both = caller + background
        print(
            f"{case:24}{wall:8.2f}{caller:10.2f}{background:12.2f}{both:8.2f}{rest:10.2f}{kept:8.0%}"
        )
    print(
        "wall: time of the loop around record by the clock, less that of the empty loop, over the\n"
        "events of all threads; holds waits for the interpreter's lock and for other programs\n"
        "caller: processor time of the calling threads\n"
        "background: processor time of all else in the application until every event is safe on\n"
        "the disk, an upper bound of its share of the interpreter's lock; the process that writes\n"
        "is not part of it"
    )


def in_a_process(case: str, events: int) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "assay.toml").write_text(SETTINGS)
        command = [sys.executable, __file__, "--case", case, "--events", str(events)]
        environment = {**os.environ, "ASSAY_PROJECT": folder}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def measured(case: str, events: int) -> dict:
    import assay

    threads, pace = CASES[case]
    assay.configure(most=2 * events)
    assay.record(model="gpt-4o")
    assay.flush(60)
    kept = assay.live_state().acknowledged
    each = events // threads
    empty = [run(threads, each, pace, lambda _: None)]
    before = time.process_time()
    spent = [run(threads, each, pace, one_event(assay.record))]
    assay.flush(600)
    process = time.process_time() - before
    waited = time.perf_counter() - spent[0]["ended"]
    bare = empty[0]
    total = each * threads
    return {
        "wall": (spent[0]["wall"] - bare["wall"]) / total * 1e6,
        "caller": (spent[0]["cpu"] - bare["cpu"]) / total * 1e6,
        "background": (process - spent[0]["cpu"]) / total * 1e6,
        "rest": waited,
        "kept": (assay.live_state().acknowledged - kept) / total,
    }


def one_event(record):
    def call(number: int) -> None:
        record(
            user_id="anna@example.org",
            agent_id="support",
            provider="openai",
            model="gpt-4o",
            input_tokens=number,
            output_tokens=250,
            cost_usd=0.0031,
            latency_s=1.25,
            succeeded=True,
            ctx_team="blue",
        )

    return call


def run(threads: int, each: int, pace: float, call) -> dict:
    """The mean time of a thread in its loop, and the processor time of all of them."""
    ready = threading.Barrier(threads + 1)
    walls, cpus = [], []

    def loop() -> None:
        ready.wait()
        asleep = 0.0
        began, cpu = time.perf_counter(), time.thread_time()
        for number in range(each):
            call(number)
            if pace and number % 200 == 199:
                ahead = number / pace - (time.perf_counter() - began)
                if ahead > 0:
                    sleeping = time.perf_counter()
                    time.sleep(ahead)
                    asleep += time.perf_counter() - sleeping
        cpus.append(time.thread_time() - cpu)
        walls.append(time.perf_counter() - began - asleep)

    workers = [threading.Thread(target=loop) for _ in range(threads)]
    for worker in workers:
        worker.start()
    ready.wait()
    for worker in workers:
        worker.join()
    return {"wall": statistics.mean(walls), "cpu": sum(cpus), "ended": time.perf_counter()}


if __name__ == "__main__":
    main()
