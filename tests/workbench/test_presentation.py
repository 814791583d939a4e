"""A page whose look alone has changed is rendered again from the run that it comes from."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.workbench.publish import Progress


def manifest(version: Path) -> dict:
    return json.loads((version / "manifest.json").read_text(encoding="utf-8"))


def test_a_new_theme_renders_again_without_a_kernel(workshop) -> None:
    workshop.notebook("x", "import random\nprint(random.random())", parameters="n: int = 1")
    workshop.publish()
    workshop.write("reports/theme/theme.yaml", "footer: Acme\n")
    steps: list[Progress] = []
    (outcome,) = workshop.publish(progress=steps.append)
    assert outcome.state == "published"
    assert [step.stage for step in steps] == ["rendering", "published"]
    first, second = workshop.versions("x")
    assert second.name == outcome.version
    assert manifest(second)["rendered_from"] == manifest(second)["parent"] == first.name
    assert manifest(second)["key"] == manifest(first)["key"]
    for file in ("notebook.ipynb", "result.json"):
        assert (first / file).read_bytes() == (second / file).read_bytes()
    assert second.name in (second.parent / "latest.html").read_text(encoding="utf-8")
    assert workshop.pages[-1].look.theme.footer == "Acme"
    assert workshop.pages[-1].history == ()

    (again,) = workshop.publish()
    assert again.state == "current"


def test_what_lies_beside_a_notebook_is_part_of_its_look(workshop) -> None:
    included = {"cell_type": "markdown", "id": "part", "metadata": {}}
    workshop.notebook("x", "print(1)", {**included, "source": "{{< include part.md >}}"})
    workshop.write("notebooks/part.md", "one")
    workshop.publish()
    assert [outcome.state for outcome in workshop.publish()] == ["current"]
    workshop.write("notebooks/part.md", "two")
    assert [outcome.state for outcome in workshop.publish()] == ["published"]


def test_a_new_picture_beside_a_notebook_is_a_new_look(workshop) -> None:
    text = {"cell_type": "markdown", "id": "part", "metadata": {}}
    workshop.notebook("x", "print(1)", {**text, "source": "![A](my%20a.svg) <img src='b.svg'>"})
    workshop.publish()
    for name in ("my a.svg", "b.svg"):
        workshop.write(f"notebooks/{name}", "<svg/>")
        assert [outcome.state for outcome in workshop.publish()] == ["published"]
    assert [outcome.state for outcome in workshop.publish()] == ["current"]


def test_forced_it_runs(workshop) -> None:
    workshop.notebook("x", "print(n)", parameters="n: int = 1")
    workshop.publish()
    workshop.write("reports/theme/theme.yaml", "footer: Acme\n")
    steps: list[Progress] = []
    workshop.publish(force=True, progress=steps.append)
    assert "running" in [step.stage for step in steps]
    assert "rendered_from" not in manifest(workshop.versions("x")[-1])


def test_scripts_that_are_trusted_no_more_leave_the_page(workshop) -> None:
    workshop.notebook("x", "print(1)")
    workshop.write("assay.toml", '[report]\ntrusted = ["x"]\n')
    workshop.publish()
    assert workshop.pages[-1].trusted
    workshop.write("assay.toml", '[report]\ntrusted = ["y"]\n')
    assert [outcome.state for outcome in workshop.publish()] == ["published"]
    assert not workshop.pages[-1].trusted
    assert [outcome.state for outcome in workshop.publish()] == ["current"]
