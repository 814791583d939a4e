"""The process of a kernel: IPython's own, which may import ahead what it will need, and ends well.

Run as a script with `-f CONNECTION_FILE [--ahead MODULE,MODULE]`.
"""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

AHEAD: Final = "--ahead"


def main() -> None:
    """Serve until the kernel is shut down."""
    _import_ahead(_taken_from(sys.argv))
    with without("debugpy"):
        import ipykernel.debugger  # noqa: F401, PLC0415  looks for it, an eighth of the start
    from ipykernel.kernelapp import IPKernelApp  # noqa: PLC0415  not where this is only imported

    class KernelApp(IPKernelApp):
        def start(self) -> None:
            """Lets the thread that answers requests finish before the one that publishes is ended.

            ipykernel ends them in the other order, and then both wait for ever where the answer to
            the request to shut down is still being flushed.
            """
            super().start()  # type: ignore[no-untyped-call]
            if self.control_thread and self.control_thread.is_alive():
                self.control_thread.stop()
                self.control_thread.join()

    KernelApp.launch_instance()


@contextmanager
def without(module: str) -> Iterator[None]:
    """As if a module were not installed: nobody steps through a report that runs by itself."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]


def _taken_from(arguments: list[str]) -> tuple[str, ...]:
    if AHEAD not in arguments:
        return ()
    at = arguments.index(AHEAD)
    modules = tuple(filter(None, arguments[at + 1].split(",")))
    del arguments[at : at + 2]
    return modules


def _import_ahead(modules: tuple[str, ...]) -> None:
    """What cannot be imported is left to the notebook, which will say so in its place."""
    for module in modules:
        with suppress(Exception):
            importlib.import_module(module)


if __name__ == "__main__":
    # A script's own folder comes first otherwise; notebooks import from where the kernel stands.
    del sys.path[0]
    with suppress(ImportError):
        importlib.import_module(f"{Path(__file__).parents[1].name}.workbench")
    main()
