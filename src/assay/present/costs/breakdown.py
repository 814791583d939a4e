"""The sections on where money went: shares, cost per outcome, waste, caches, other costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.present.blocks import Details, Note, Section, Table
from assay.present.charts.courses import CourseStep, course_chart
from assay.present.charts.intervals import Interval, interval_chart
from assay.present.charts.pareto import Part, pareto_chart
from assay.present.figures import Figure
from assay.present.format import count
from assay.present.prose.costs import breakdown as words
from assay.present.prose.costs.money import spread, usd

if TYPE_CHECKING:
    from assay.present.blocks import Align

Json = dict[str, Any]
Block = Section | Figure | Table | Note | Details

PART: Final = "Breakdown"
_BESIDE: Final = ("per success",)
_COSTS: Final = ("per request", "per session", "per user")
_TOKENS: Final = ("per 1,000 tokens", "successes per 1,000 tokens")
_RATINGS: Final = ("per rating point", "rating per 1,000 tokens")


def breakdown_blocks(record: Json) -> tuple[Block, ...]:
    """All sections on where money went; nothing where the record has no breakdown."""
    told = record["breakdown"]
    if told is None:
        return ()
    return (
        *_shares(told),
        *_outcomes(told),
        *_waste(told),
        *_caches(told),
        *_expenses(told),
    )


def _shares(told: Json) -> list[Block]:
    """By the first column; what the others say is the name of their fold."""
    splits = [split for split in told["splits"] if split["groups"]]
    blocks: list[Block] = []
    for i, split in enumerate(splits):
        text = words.others(split, told["k"])
        if i:
            title = f"By {words.column(split['column']).lower()}: {words.split_heading(split)}"
            within = (_table(split), text) if text else (_table(split),)
            blocks.append(Details(title, f"breakdown-by-{i}", within, listed=False))
            continue
        nav = f"By {words.column(split['column']).lower()}"
        blocks.append(Section(nav, words.split_heading(split), words.lead(told), part=PART))
        if told["usd"] > 0:
            blocks.append(_pareto(split))
        blocks.append(_table(split))
        if text:
            blocks.append(Note(text))
    if splits:
        title = "Sessions, users, tokens and ratings by group"
        blocks.append(
            Details(
                title,
                "breakdown-ratios",
                [_ratios(split, keys) for split in splits for keys in (_COSTS, _TOKENS, _RATINGS)],
                listed=False,
            )
        )
    return blocks


def _pareto(split: Json) -> Figure:
    parts = [
        Part(
            label=words.group_name(one),
            note=f"{count(one['requests'])} requests",
            share=one["share"],
            figures=f"{words.spent(one)} · {words.percent_of(one['share'])}",
            meaning="undecided" if one["kind"] == "others" else "estimate",
        )
        for one in split["groups"]
    ]
    return Figure(
        pareto_chart(parts, axis="Share of all spending, added up", mark=split["vital_share"]),
        "Each bar begins where the one above ended; the dashed line is at 80 %.",
        f"Spending by {words.column(split['column']).lower()}: "
        + "; ".join(f"{part.label} {part.figures}" for part in parts),
    )


def _table(split: Json) -> Table:
    name = words.column(split["column"])
    columns: list[tuple[str, Align]] = [(name, "left"), ("Spent", "right"), ("Share", "right")]
    columns += [("Added up", "right"), ("Requests", "right")]
    columns += [(words.RATIOS[key].removeprefix("Cost ").capitalize(), "right") for key in _BESIDE]
    rows = [
        [
            words.group_name(one),
            words.spent(one),
            words.percent_of(one["share"]),
            words.percent_of(one["cumulative"]),
            count(one["requests"]),
            *(words.ratio(words.ratio_of(one["ratios"], key)) for key in _BESIDE),
        ]
        for one in split["groups"]
    ]
    return Table(f"Spending by {name.lower()}, with intervals over users", columns, rows)


def _ratios(split: Json, keys: tuple[str, ...]) -> Table:
    name = words.column(split["column"])
    counted = keys == _TOKENS
    columns: list[tuple[str, Align]] = [(name, "left")]
    columns += [("Tokens", "right")] if counted else []
    columns += [(words.RATIOS[key], "right") for key in keys]
    rows = [
        [
            words.group_name(one),
            *([count(one["tokens"])] if counted else []),
            *(words.ratio(words.ratio_of(one["ratios"], key)) for key in keys),
        ]
        for one in split["groups"]
    ]
    return Table(f"By {name.lower()}, with intervals over users", columns, rows)


def _outcomes(told: Json) -> list[Block]:
    section = Section(
        "Cost per success", words.success_heading(told), words.success_lead(told), part=PART
    )
    rows = [
        [words.RATIOS[one["key"]], words.ratio(one), words.counted_of(one)]
        for one in told["ratios"]
    ]
    blocks: list[Block] = [
        section,
        Table("What an outcome costs", [("", "left"), ("", "right"), ("Out of", "left")], rows),
    ]
    first = next((split for split in told["splits"] if split["groups"]), None)
    figure = None if first is None else _success(first)
    if figure is not None:
        blocks.append(figure)
    if len(told["periods"]) > 1:
        blocks += _course(told)
    return blocks


def _success(split: Json) -> Figure | None:
    """What a success costs by the groups of the first column."""
    rows = []
    for group in split["groups"]:
        one = words.ratio_of(group["ratios"], "per success")
        if one["estimate"] is None or one["estimate"]["low"] is None:
            continue
        size = one["estimate"]
        rows.append(
            Interval(
                label=words.group_name(group),
                note=words.counted_of(one),
                value=size["value"],
                low=size["low"],
                high=size["high"],
                figures=words.ratio(one),
                verdict="",
                meaning="undecided" if group["kind"] == "others" else "estimate",
            )
        )
    if len(rows) < 2:
        return None
    name = words.column(split["column"]).lower()
    return Figure(
        interval_chart(rows, axis="USD per success", signed=False),
        f"What a success costs by {name}; bars are intervals over users.",
        f"Cost per success by {name}: " + "; ".join(f"{row.label} {row.figures}" for row in rows),
    )


def _course(told: Json) -> list[Block]:
    steps = []
    for one in told["periods"]:
        ratio = words.ratio_of(one["ratios"], "per success")["estimate"]
        if ratio is not None:
            steps.append(
                CourseStep(
                    day=one["start"],
                    value=ratio["value"],
                    low=ratio["low"],
                    high=ratio["high"],
                    complete=one["complete"],
                )
            )
    blocks: list[Block] = []
    if len(steps) > 1:
        blocks.append(
            Figure(
                course_chart(steps, axis="USD per success", unit="USD"),
                f"Cost per success by {told['every']}, with its interval over users; a "
                f"{told['every']} that the data cover in part is hollow.",
                words.course(told),
            )
        )
    columns: list[tuple[str, Align]] = [(told["every"].capitalize(), "left"), ("Spent", "right")]
    columns += [("Requests", "right")]
    periods = ("per request", *_BESIDE, "per user")
    columns += [(words.RATIOS[key].removeprefix("Cost ").capitalize(), "right") for key in periods]
    rows = [
        [
            words.period_name(one["start"], told["every"])
            + ("" if one["complete"] else ", in part"),
            usd(one["usd"]),
            count(one["requests"]),
            *(words.ratio(words.ratio_of(one["ratios"], key)) for key in periods),
        ]
        for one in told["periods"]
    ]
    table = Table(f"Unit economics by {told['every']}", columns, rows)
    title = f"Every {told['every']}, and what an outcome cost in it"
    return [*blocks, Details(title, "breakdown-periods", (table,), listed=False)]


def _waste(told: Json) -> list[Block]:
    if not told["wasted"] or not told["usd"] > 0:
        return []
    section = Section("Waste", words.wasted_heading(told), words.wasted_lead(told), part=PART)
    rows = [
        [
            words.WASTE[one["kind"]][0],
            usd(one["usd"]),
            "" if one["share"] is None else spread(one["share"], "share"),
        ]
        for one in told["wasted"]
    ]
    columns: list[tuple[str, Align]] = [
        ("What for", "left"), ("Spent", "right"), ("Share of spending", "right"),
    ]  # fmt: skip
    return [section, Table("Money for what came to nothing", columns, rows)]


def _caches(told: Json) -> list[Block]:
    if told["cached"] is None or not told["cached"]["sent_tokens"]:
        return []
    section = Section("Caches", words.cached_heading(told), words.cached_lead(told), part=PART)
    rows = [
        [
            one["model"] or words.UNNAMED,
            words.percent_of(one["share"]),
            count(one["read_tokens"]),
            words.dollars(one["saved"]),
            words.dollars(one["surcharge"]),
            words.dollars(one["net"]),
        ]
        for one in told["caches"]
    ]
    columns: list[tuple[str, Align]] = [
        ("Model", "left"), ("Read from cache", "right"), ("Tokens read", "right"),
        ("Reads saved", "right"), ("Writes cost", "right"), ("Net", "right"),
    ]  # fmt: skip
    table = Table("What prompt caches saved, at list prices", columns, rows)
    return [section, Details("Each model’s cache", "breakdown-caches", (table,), listed=False)]


def _expenses(told: Json) -> list[Block]:
    if not told["expenses"]:
        return []
    lead = f"In the same days as the requests; {usd(told['usd'])} is what models cost."
    section = Section("Other costs", words.expenses_heading(told), lead, part=PART)
    rows = [[one["category"], count(one["entries"]), usd(one["usd"])] for one in told["expenses"]]
    columns: list[tuple[str, Align]] = [
        ("Category", "left"), ("Entries", "right"), ("USD", "right"),
    ]  # fmt: skip
    blocks: list[Block] = [section, Table("Costs that are no calls of a model", columns, rows)]
    if text := words.unconverted(told):
        blocks.append(Note(text, "attention"))
    return blocks
