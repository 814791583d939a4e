"""What it would save to read as much of the prompts from the cache as the best agents do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.costs.opportunities.levels import Aim, Compared, each_to_the_best

if TYPE_CHECKING:
    from collections.abc import Collection

    from assay.analysis.costs.opportunities.money import Ledger, Sized


_CACHING: Final = Aim(
    kind="caching",
    what="read as much of the prompts from the cache as the best agents do",
    why="a smaller share of its prompts is read from the cache than at the best agents",
    why_not="its prompts are read from the cache as much as those of the best agents",
    risks=(
        "its prompts may repeat less than those of the agents it is compared with",
        "writing to the cache costs more than plain input at some providers",
    ),
)


def shared_caching(ledger: Ledger, *, without: Collection[str] = ()) -> tuple[Sized, ...]:
    """Per agent: the saving at the cached share of the best quarter of agents.

    Args:
        ledger: whose calls.
        without: agents whose prompts' starts are known by their hash, which tells more.
    """
    read, prompt = ledger.numbers("cache_read_tokens"), ledger.numbers("prompt_tokens")
    price = ledger.numbers("input_price") - ledger.numbers("cache_read_price")
    compared = Compared(part=read, whole=prompt, better="more", money=np.maximum(price, 0.0))
    return each_to_the_best(ledger, compared, _CACHING, prompt != 0, without=without)
