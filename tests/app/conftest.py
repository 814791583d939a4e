"""A project of the test's own."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.exports import as_lines
from app.trial import Trial
from app.turns import score, turn


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """An empty project."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "assay.toml").write_text('[project]\nname = "Trial"\n')
    return Trial(root)


@pytest.fixture
def filled(trial: Trial) -> Trial:
    """A project with twelve turns and their scores."""
    trial.write("turns.jsonl", as_lines(map(turn, range(12))))
    trial.write("scores.jsonl", as_lines(map(score, range(12))))
    trial.done("import", "turns.jsonl")
    trial.done("import", "scores.jsonl")
    return trial


@pytest.fixture
def hook() -> Iterator[tuple[str, list[dict]]]:
    """The address of a web server, with a secret in it, and what it was told."""
    calls: list[dict] = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            calls.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"json://127.0.0.1:{server.server_address[1]}/hidden-token", calls
    server.shutdown()
    server.server_close()
