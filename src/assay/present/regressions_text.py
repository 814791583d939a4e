"""A comparison with a baseline for a terminal, a pull request, a test report, a program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from assay.core.errors import ParameterError
from assay.present.format import count, p_value
from assay.present.prose import regressions as words

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = dict[str, Any]
_MARKS = {
    "regression": "✗",
    "improvement": "✓",
    "no change": "=",
    "not enough data": "?",
    "creeping": "✗",
    "worse": "✗",
    "no worse": "=",
}
_HEAD = (
    *("", "case", "verdict", "by", "change"),
    *("before", "after", "p", "seen from", "runs", "needs"),
)


def as_text(record: Json, form: str) -> str:
    """The told record as table, json, md or junit.

    Raises:
        ParameterError: where the form is none of these.
    """
    if form == "json":
        return json.dumps(record, indent=1, ensure_ascii=False)
    makers = {"table": _table, "md": _markdown, "junit": _junit}
    if form not in makers:
        raise ParameterError(f"format {form!r}, expected {', '.join(makers)} or json")
    return makers[form](record)


def _rows(record: Json) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for case in record["cases"]:
        one = words.decided(case)
        needed = case["runs_needed"]
        rows.append(
            (
                _MARKS[case["verdict"]],
                words.shown(case),
                case["verdict"],
                one["name"],
                words.interval(one),
                words.amount(one["before"], one["unit"]),
                words.amount(one["after"], one["unit"]),
                p_value(min(one["p_worse"], one["p_better"])),
                words.written(one["detectable"], one["change_unit"], signed=False),
                f"{case['n_baseline']} / {case['n_candidate']}",
                "–" if needed is None else count(needed),
            )
        )
    return rows


def _creeping(record: Json) -> list[tuple[str, ...]]:
    return [
        (_MARKS[one["verdict"]], words.shown(one), one["verdict"], words.creep_says(one))
        for one in record["creeps"]
        if one["verdict"] != "no worse"
    ]


def _notes(record: Json) -> list[str]:
    told = [f"note: {remark}" for remark in record["remarks"]]
    if record["missing"]:
        told.append(f"not measured again: {', '.join(record['missing'])}")
    if record["added"]:
        told.append(f"not in the baseline: {', '.join(record['added'])}")
    return told


def _table(record: Json) -> str:
    rows = [_HEAD, *_rows(record)]
    lines = [words.title(record), words.subtitle(record), "", *_aligned(rows)]
    if crept := _creeping(record):
        lines += ["", f"Over {len(record['creeps'][0]['versions'])} versions:", *_aligned(crept)]
    lines += ["", _legend(record), *_notes(record)]
    return "\n".join(lines)


def _legend(record: Json) -> str:
    return (
        f"Any false regression: at most {record['alpha']:.2g} for the suite. seen from: smallest "
        f"worsening found with chance {record['power']:.2g}; needs: runs of each side for the "
        "change that matters."
    )


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _markdown(record: Json) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    lines = [
        f"### {words.title(record)}",
        "",
        words.subtitle(record),
        "",
        line(_HEAD),
        line(["---"] * len(_HEAD)),
        *(line(row) for row in _rows(record)),
    ]
    if crept := _creeping(record):
        lines += ["", *(f"- {mark} **{label}**: {says}" for mark, label, _, says in crept)]
    lines += ["", _legend(record), *(f"\n> {note}" for note in _notes(record))]
    return "\n".join(lines)


def _junit(record: Json) -> str:
    """One test case per case: regressions fail, what cannot be judged is skipped."""
    crept = [one for one in record["creeps"] if one["verdict"] == "creeping"]
    suite = ET.Element(
        "testsuite",
        name=f"{record['suite']} against {record['baseline']}",
        tests=str(len(record["cases"]) + len(crept) + len(record["missing"])),
        failures=str(record["regressions"] + len(crept)),
        errors="0",
        skipped=str(record["undecided"] + len(record["missing"])),
        timestamp=f"{record['candidate_last']}T00:00:00",
    )
    for case in record["cases"]:
        about = "/".join(filter(None, (case["workload"], case["provider"])))
        test = ET.SubElement(
            suite, "testcase", classname=f"{record['suite']}.{about}", name=case["label"], time="0"
        )
        told = words.says(case)
        if case["verdict"] == "regression":
            failure = ET.SubElement(test, "failure", message=told, type="regression")
            failure.text = "\n".join(
                f"{one['name']}: {words.interval(one)}, p = {p_value(one['p_worse'])}"
                for one in case["statistics"]
            )
        elif case["verdict"] == "not enough data":
            ET.SubElement(test, "skipped", message=f"{told}; {case['reason']}")
        else:
            ET.SubElement(test, "system-out").text = told
    for one in crept:
        test = ET.SubElement(
            suite, "testcase", classname=f"{record['suite']}.creeping", name=one["label"], time="0"
        )
        ET.SubElement(test, "failure", message=words.creep_says(one), type="creeping")
    for label in record["missing"]:
        test = ET.SubElement(
            suite, "testcase", classname=f"{record['suite']}.missing", name=label, time="0"
        )
        ET.SubElement(test, "skipped", message="not measured again")
    ET.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suite, encoding="unicode")
