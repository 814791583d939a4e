import pytest

from assay.core.errors import ProjectError
from assay.workbench.catalogue import find_report, reports, title_of


def test_numbered_notebooks_are_reports_in_order(workshop) -> None:
    workshop.notebook("ab-test", number=20)
    workshop.notebook("costs", number=3)
    workshop.write("notebooks/scratch.ipynb", "{}")
    workshop.write("notebooks/explore/10-free.ipynb", "{}")
    found = reports(workshop.project)
    assert [(report.number, report.name) for report in found] == [(3, "costs"), (20, "ab-test")]
    assert title_of(found[1]) == "About ab-test"


def test_a_notebook_without_a_heading_is_called_by_its_name(workshop) -> None:
    workshop.write("notebooks/1-cost_of-x.ipynb", '{"nbformat": 4, "cells": []}')
    assert title_of(reports(workshop.project)[0]) == "Cost of x"


def test_an_unknown_report_offers_the_nearest(workshop) -> None:
    workshop.notebook("ab-test")
    with pytest.raises(ProjectError, match=r"no report 'ab-tst'\n  → did you mean 'ab-test'\?"):
        find_report(workshop.project, "ab-tst")


@pytest.mark.parametrize("name", ["scratch", "scratch.ipynb", "notebooks/scratch.ipynb"])
def test_a_notebook_without_a_number_is_told_how_it_becomes_a_report(workshop, name) -> None:
    workshop.notebook("ab-test")
    workshop.write("notebooks/scratch.ipynb", "{}")
    with pytest.raises(ProjectError, match=r"scratch\.ipynb is no report.*\n  → rename it to 10-s"):
        find_report(workshop.project, name)


def test_two_notebooks_of_one_name_are_refused(workshop) -> None:
    workshop.notebook("a", number=1)
    workshop.notebook("a", number=2)
    with pytest.raises(ProjectError, match=r"1-a\.ipynb and 2-a\.ipynb are both called 'a'"):
        reports(workshop.project)


def test_a_project_without_notebooks_says_so(workshop) -> None:
    (workshop.root / "notebooks").rmdir()
    with pytest.raises(ProjectError, match="notebooks is missing"):
        reports(workshop.project)
