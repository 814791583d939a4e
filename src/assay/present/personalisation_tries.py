"""Sections of the report on personalisation: what is tried, and whether it can be trusted."""

from __future__ import annotations

from typing import Any

from assay.present.blocks import Note, Section, Table
from assay.present.format import count
from assay.present.prose import personalisation as words
from assay.present.prose.personalisation import rated, shared
from assay.present.prose.personalisation_trust import trust_rows
from assay.present.prose.words import capital, counted, noun_of
from assay.present.trust import judged_blocks

Json = dict[str, Any]
Block = Section | Table | Note


def try_blocks(record: Json) -> tuple[Block, ...]:
    """How many configurations users try, by kind."""
    found = record["trying"]
    if found is None:
        heading = "How many configurations users try cannot be told"
        return (Section("Tries", heading, f"{capital(record['trying_reason'])}."),)
    rows = [
        (
            one["group"] or "All",
            rated(one["rate"]),
            rated(one["used"]),
            shared(one["new"]),
            shared(one["stay"]),
            count(one["users"]),
        )
        for one in found["groups"]
    ]
    blocks: list[Block] = [
        Section(
            "Tries",
            words.tries_sentence(record),
            f"A configuration is what {', '.join(noun_of(c) for c in found['columns'])} are "
            "together.",
        ),
        Table(
            "Per week with a use, after a user’s first: new and all configurations in use; share "
            "of new ones; share of these that stay.",
            (
                (capital(noun_of(record["by"])) if record["by"] else "", "left"),
                ("New a week", "right"),
                ("In use a week", "right"),
                ("New", "right"),
                ("Stay", "right"),
                ("Users", "right"),
            ),
            rows,
        ),
    ]
    if record["hidden"]:
        blocks.append(
            Note(
                f"{capital(counted(record['hidden'], 'kind'))} of fewer than {count(record['k'])} "
                "users are not told."
                if record["hidden"] > 1
                else f"One kind of fewer than {count(record['k'])} users is not told."
            )
        )
    return tuple(blocks)


def trust_blocks(record: Json) -> tuple[Block, ...]:
    """What was checked, and what was left out."""
    rows = trust_rows(record)
    return judged_blocks(rows) if rows else ()
