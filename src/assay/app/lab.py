"""JupyterLab on a project: its kernel, fresh code, live charts; nothing leaves the machine.

What it needs lies in the project's own state, never in the user's home: a kernel of the name that
notebooks ask for, Vega as a script that the Lab gives out itself, and the settings of the server.
"""

from __future__ import annotations

import base64
import gzip
import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from assay.app.console import say
from assay.app.place import this_project
from assay.core.errors import ProjectError
from assay.core.project import PROJECT_VARIABLE
from assay.present.figures import RUN_VARIABLE, SCRIPTS_VARIABLE
from assay.workbench.commits import keep_outputs_out
from assay.workbench.files import json_text, write_atomically
from assay.workbench.render.bundle import vega_bundle

if TYPE_CHECKING:
    from assay.workbench.project import Project

LOOPBACK: Final = "127.0.0.1"
KERNEL: Final = "python3"
"""The name that notebooks ask for."""
EXTENSION: Final = "assay.app.bench"
"""Of IPython: loads the magics, live charts and fresh code in every kernel of the Lab."""
_NOT_NEEDED: Final = ("@jupyterlab/apputils-extension:announcements",)
"""Asks whether it may fetch news."""
_LONGEST_SOCKET: Final = 100
"""Characters of a socket's path that every system takes."""
_OF_A_RUN: Final = (RUN_VARIABLE, PROJECT_VARIABLE)
"""Variables that a run or a command line has set, and that a person at work has not."""


def open_lab(*, port: int, browser: bool) -> None:
    """Starts JupyterLab in place of this process.

    Raises:
        ProjectError: where JupyterLab is not installed, or there is no project.
    """
    project = this_project()
    if find_spec("jupyterlab") is None:
        raise ProjectError(
            "JupyterLab is not installed", remedy="install it: pip install 'assay[lab]'"
        )
    keep_outputs_out(project.root)
    arguments, environment = prepared(project, port=port, browser=browser)
    say(f"JupyterLab on {project.relative(project.notebooks)}/ of {project.root}; Ctrl-C ends it.")
    os.execve(sys.executable, arguments, environment)  # noqa: S606  our own Python


def prepared(project: Project, *, port: int, browser: bool) -> tuple[list[str], dict[str, str]]:
    """The command that starts the Lab and its environment; what they name is written."""
    state = project.state / "lab"
    script = _give_out_vega(state / "static")
    kernel = state / "data" / "kernels" / KERNEL
    write_atomically(kernel / "kernel.json", json_text(_kernel(script)))
    page = state / "config" / "labconfig" / "page_config.json"
    write_atomically(page, json_text({"disabledExtensions": dict.fromkeys(_NOT_NEEDED, True)}))
    config = state / "config.json"
    write_atomically(config, json_text(_settings(project, state, port=port, browser=browser)))
    environment = {name: value for name, value in os.environ.items() if name not in _OF_A_RUN}
    for name, folder in (("JUPYTER_PATH", "data"), ("JUPYTER_CONFIG_PATH", "config")):
        paths = [str(state / folder), os.environ.get(name, "")]
        environment[name] = os.pathsep.join(filter(None, paths))
    return [sys.executable, "-P", "-m", "jupyterlab", f"--config={config}"], environment


def _kernel(script: str) -> dict[str, Any]:
    """Our own Python, whatever else of that name is installed for the user."""
    return {
        "argv": [
            sys.executable, "-m", "ipykernel_launcher",
            "-f", "{connection_file}", f"--IPKernelApp.extra_extensions={EXTENSION}",
        ],
        "display_name": "Python 3",
        "language": "python",
        "env": {SCRIPTS_VARIABLE: script},
        "metadata": {"debugger": True},
    }  # fmt: skip


def _settings(project: Project, state: Path, *, port: int, browser: bool) -> dict[str, Any]:
    return {
        "ServerApp": {
            "ip": LOOPBACK,
            "port": port,
            "open_browser": browser,
            "root_dir": str(project.root),
            "allow_remote_access": False,
            "allow_root": True,  # as in containers; only this machine is listened to
            "extra_static_paths": [str(state / "static")],
        },
        "LabApp": {
            "default_url": f"/lab/tree/{project.relative(project.notebooks)}",
            # Nothing here asks the network for news, versions or extensions.
            "news_url": None,
            "check_for_updates_class": "jupyterlab.handlers.announcements.NeverCheckForUpdate",
            "extension_manager": "readonly",
        },
        "KernelSpecManager": {"ensure_native_kernel": False},
        "KernelManager": {"transport": _transport()},
    }


def _transport() -> str:
    """Sockets that nobody else can open, where the paths of their files are short enough."""
    from jupyter_core.paths import jupyter_runtime_dir  # noqa: PLC0415

    example = Path(jupyter_runtime_dir()) / f"kernel-{uuid4()}-ipc-12"
    return "ipc" if len(str(example)) < _LONGEST_SOCKET else "tcp"


def _give_out_vega(folder: Path) -> str:
    """Puts Vega where the Lab's server finds it; the address at which it gives it out."""
    bundle = vega_bundle()
    name = f"vega-{''.join(filter(str.isalnum, bundle.hash))[6:22]}.js"
    file = folder / "assay" / name
    if not file.exists():
        shutil.rmtree(folder, ignore_errors=True)
        write_atomically(file, gzip.decompress(base64.b64decode(bundle.packed)))
    return f"/static/assay/{name}"
