"""A process that does what is due, beside others that do the same; run by tests, never imported.

`clerk.py race ROOT ROUNDS`, `clerk.py hold ROOT`, `clerk.py soak ROOT SEED`: what was published and
sent is in `ROOT/log`, one line each, in the order in which it happened.
"""

import os
import random
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from assay.workbench import lease
from assay.workbench.lease import shared_clock
from assay.workbench.schedule import work
from assay.workbench.schedule.work import Tools
from workbench.timetable import START, Office


class Clerk(Office):
    """Publishes and sends by the clock on the wall, and tells the log."""

    def log(self, *words: object) -> None:
        line = " ".join(map(str, (*words, os.getpid()))) + "\n"
        handle = os.open(self.root / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(handle, line.encode())
        os.close(handle)

    def tools(self) -> Tools:
        known = super().tools()
        return Tools(
            publish=known.publish,
            changes=known.changes,
            now=lambda: self.now,
            shared=shared_clock(self.ledger.folder),
            pause=lambda _seconds: time.sleep(0.01),
            hand_over=self.hand_over,
        )

    def hand_over(self, letter, address, *, guard, **_options) -> str:
        self.before_sending()
        guard()
        self.log("handed", letter.reference, address.name)
        return ""


def race(clerk: Clerk, rounds: int) -> None:
    """The same times as the others, at the same moments."""
    begin = float(sys.stdin.readline())
    for number in range(rounds):
        time.sleep(max(0.0, begin + 0.15 * number - time.time()))
        clerk.now = START + timedelta(days=number, hours=1)
        clerk.results["x"] = {"brief": {"state": str(number)}, "findings": []}
        clerk.before_publishing = lambda: time.sleep(0.02)
        for done in clerk.due():
            clerk.log("did", done.due.day, done.state)


def hold(clerk: Clerk) -> None:
    """Waits in the middle of publishing until the file `go` is there."""

    def wait() -> None:
        clerk.log("publishing")
        while not (clerk.root / "go").exists():
            time.sleep(0.01)

    clerk.now = START + timedelta(hours=1)
    clerk.before_publishing = wait
    for done in clerk.due():
        clerk.log("did", done.due.day, done.state)


def soak(clerk: Clerk, seed: int) -> None:
    """Children do what is due and are killed at any moment; in the end one is left alone."""
    dice = random.Random(seed)  # noqa: S311  nobody guesses it
    close = lease.Lease.close

    def confirmed(self, **changes) -> None:
        close(self, **changes)
        if changes.get("state") == "sent":
            clerk.log("confirmed", self.content["reference"])

    lease.Lease.close = confirmed
    work._TORN = 1000
    clerk.before_publishing = clerk.after_publishing = clerk.before_sending = lambda: time.sleep(
        0.004
    )
    clerk.now, since = START + timedelta(hours=1), time.monotonic()
    clerk.due()
    whole = time.monotonic() - since
    for number in range(24):
        clerk.now = START + timedelta(days=1 + number // 3, hours=1)
        clerk.results["x"] = {"brief": {"state": str(number // 3)}, "findings": []}
        child = os.fork()
        if child == 0:
            clerk.due()
            os._exit(0)
        time.sleep(dice.uniform(0.0, 1.3 * whole))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    for _ in range(3):
        for done in clerk.due():
            clerk.log("did", done.due.day, done.state)


if __name__ == "__main__":
    worker = Clerk(Path(sys.argv[2]))
    match sys.argv[1]:
        case "race":
            race(worker, int(sys.argv[3]))
        case "hold":
            hold(worker)
        case "soak":
            soak(worker, int(sys.argv[3]))
