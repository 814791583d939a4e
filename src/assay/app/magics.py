"""`%publish`, `%params` and `%assay`, for whoever works in a notebook."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING, Any, Final, NoReturn

from assay.app.at_hand import find_notebook
from assay.core.errors import AssayError, ParameterError
from assay.core.project import PROJECT_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from IPython.core.interactiveshell import ExecutionInfo

    from assay.app.at_hand import Shown

RUN_VARIABLE: Final = "ASSAY_RUN_DIR"
Shell = Any
"""Of IPython; its extensions keep what they need in it, which its types do not know."""
_COMMAND: Final = "from assay.app.cli import main; main()"


def load_ipython_extension(shell: Shell) -> None:
    """Adds the magics, and live charts that need no network; once, however often it is asked."""
    if getattr(shell, "_assay_ran", None) is not None:
        return
    ran: dict[str, str] = {}
    shell._assay_ran = ran  # noqa: SLF001  the shell is where an extension keeps what it needs

    def note(info: ExecutionInfo) -> None:
        ran[str(info.cell_id or info.raw_cell)] = str(info.raw_cell)

    shell.events.register("pre_run_cell", note)
    shell.register_magic_function(lambda line: publish(shell, line), "line", "publish")
    shell.register_magic_function(lambda line: params(shell, line), "line", "params")
    shell.register_magic_function(lambda line: assay(shell, line), "line", "assay")
    formatter = shell.display_formatter.mimebundle_formatter
    formatter.for_type_by_name("altair.vegalite.v6.api", "TopLevelMixin", _live)


def publish(shell: Shell, line: str) -> None:
    """Publishes the notebook in which one stands, as it is saved.

    `%publish [NOTEBOOK] [--set NAME] [-p NAME=VALUE …] [--force] [--renderer R] [--as-saved]`
    """
    if RUN_VARIABLE in os.environ:
        return  # a run must not publish itself
    reader = _Arguments("%publish")
    reader.add_argument("notebook", nargs="?")
    reader.add_argument("--set")
    reader.add_argument("--force", action="store_true")
    reader.add_argument("--renderer", default="auto")
    reader.add_argument("--as-saved", action="store_true")
    asked = reader.parse_args(shlex.split(line))
    found = find_notebook(shell, asked.notebook)
    found.insist_on_a_report()
    found.insist_on_cells_of_their_own()
    if not asked.as_saved:
        found.insist_on_saved(shell._assay_ran)  # noqa: SLF001
    added = found.with_set(asked.set, asked.p)
    words = ["publish", found.report, "--json-events", f"--renderer={asked.renderer}"]
    words += ["--set", asked.set] if asked.set else []
    words += ["--force"] if asked.force else []
    print(f"Publishing {found.report} as saved at {found.saved_at}")  # noqa: T201  to the reader
    ended, complaint = _carried_out(found.project.root, words)
    _show(found.outcomes(ended), complaint, added)


def params(shell: Shell, line: str) -> None:
    """Gives the notebook's parameters the values that a run would give them, and shows these.

    `%params [SET] [-p NAME=VALUE …] [--as-of DATE]`
    """
    if RUN_VARIABLE in os.environ:
        return  # a run has values of its own
    from assay.app.parameters import code_for  # noqa: PLC0415  only where it is asked for

    reader = _Arguments("%params")
    reader.add_argument("set", nargs="?")
    reader.add_argument("--as-of", metavar="DATE")
    asked = reader.parse_args(shlex.split(line))
    found = find_notebook(shell, None)
    found.insist_on_a_report()
    code = code_for(found.project, found.report, asked.set, asked.p, as_of=asked.as_of)
    shell.ex(code)
    sys.stdout.write(f"{code}\n")


def assay(shell: Shell, line: str) -> None:
    """Any command of the command line, in the project of the notebook: `%assay list`."""
    words = shlex.split(line)
    if words[:1] == ["publish"] and not words[1:]:
        publish(shell, "")
        return
    with _started(None, words, stderr=subprocess.PIPE) as process:
        out, err = process.communicate()
    sys.stdout.write(out)
    sys.stderr.write(err)


def _carried_out(root: Path, words: list[str]) -> tuple[list[dict[str, Any]], str]:
    """Runs the command, shows how far it is, and gives how each set ended, and what was wrong."""
    ended: list[dict[str, Any]] = []
    with (
        tempfile.TemporaryFile("w+") as complaints,
        _started(root, words, stderr=complaints) as process,
    ):
        try:
            for line in process.stdout or ():
                event = json.loads(line)
                if "version" in event:
                    ended.append(event)
                elif "set" in event:
                    told = f"cell {event['cell']} of {event['cells']}" if "cell" in event else ""
                    doing = told or event["event"].removeprefix("item-")
                    sys.stdout.write(f"\r{event['set']}: {doing:<30}")
                    sys.stdout.flush()
        except KeyboardInterrupt:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)
            process.wait()
        sys.stdout.write("\r" + " " * 60 + "\r")
        process.wait()
        complaints.seek(0)
        return ended, complaints.read().strip()


def _started(root: Path | None, words: list[str], *, stderr: Any) -> subprocess.Popen[str]:  # noqa: ANN401
    """The command line in a process of its own: it runs kernels, and this one is busy."""
    environment = {name: value for name, value in os.environ.items() if name != RUN_VARIABLE}
    if root is not None:
        environment[PROJECT_VARIABLE] = str(root)
    return subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "-P", "-c", _COMMAND, *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def _show(outcomes: Sequence[Shown], complaint: str, added: str) -> None:
    from IPython.display import display  # noqa: PLC0415  only where a person looks on

    if not outcomes:
        raise AssayError(complaint.removeprefix("assay: ") or "nothing was published")
    text = [*([added] if added else []), *(outcome.text for outcome in outcomes)]
    rows = "".join(
        f"<tr><td>{escape(outcome.set_name)}</td><td>{escape(outcome.state)}</td>"
        f"<td>{outcome.link}</td></tr>"
        for outcome in outcomes
    )
    head = "<tr><th>Set</th><th>Outcome</th><th>Page</th></tr>"
    note = f"<p>{escape(added)}</p>" if added else ""
    bundle = {"text/plain": "\n".join(text), "text/html": f"{note}<table>{head}{rows}</table>"}
    display(bundle, raw=True)  # type: ignore[no-untyped-call]


def _live(chart: Any) -> Any:  # noqa: ANN401  altair is loaded when a chart is drawn
    from assay.present.figures import live_chart  # noqa: PLC0415

    return None if RUN_VARIABLE in os.environ else live_chart(chart)


class _Arguments(argparse.ArgumentParser):
    def __init__(self, magic: str) -> None:
        super().__init__(prog=magic, add_help=False, allow_abbrev=False)
        self.add_argument("-p", action="append", default=[], metavar="NAME=VALUE")

    def error(self, message: str) -> NoReturn:
        raise ParameterError(f"{self.prog}: {message}", remedy=self.format_usage().strip())
