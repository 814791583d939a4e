"""Which arm a unit is in: a pure function of the experiment's allocation and the unit.

Two hashes decide. The first, salted with the layer, puts the unit on one of 10,000 slots; slots are
what experiments of a layer share out, so that no unit is in two of them. The second, salted with
the experiment, puts it on a scale of a million points, which the arms cut by their shares. Neither
knows of the other: when an experiment takes more slots, whoever was in an arm stays there.

Nothing is read, stored or drawn at random, and only the standard library is imported: the function
may stand where every request passes. Each release gives every unit the arm that all before it gave.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, Self

from assay.core.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

SLOTS: Final = 10_000
"""Of a layer; the least that an experiment can take is a ten-thousandth of the traffic."""
POINTS: Final = 1_000_000
"""On the scale that arms share out."""
_BITS: Final = 32
_SCHEME: Final = "assay-1"
"""Stands in every hash; another scheme would have another name, never this one."""

Unit = str | int
Range = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """Units that came in under one split of the traffic.

    Attributes:
        split: share of each arm; they add up to 1.
        slots: half-open ranges of the layer's slots whose units came in.
        since: from when on, where the time of a unit's first exposure decides.
    """

    split: Mapping[str, float]
    slots: tuple[Range, ...]
    since: datetime | None = None

    def __post_init__(self) -> None:
        if not self.split or not all(0 <= share <= 1 for share in self.split.values()):
            raise ParameterError(f"split={dict(self.split)}, expected shares between 0 and 1")
        if not abs(sum(self.split.values()) - 1) <= 1e-6:
            raise ParameterError(
                f"split={dict(self.split)} adds up to {sum(self.split.values()):g}, expected 1"
            )
        if not all(0 <= low < high <= SLOTS for low, high in self.slots):
            raise ParameterError(f"slots={self.slots}, expected ranges within 0..{SLOTS}")


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """How an experiment shares out its units; read it from the record of the experiment.

    Attributes:
        experiment: salts the choice of the arm.
        layer: salts the slots; experiments of one layer share them.
        epochs: in their order. By default a unit belongs to the epoch that took its slot; where
            `by_time`, to the last one that had begun when the unit was first exposed.
        running: whether units are exposed now.
    """

    experiment: str
    layer: str
    epochs: tuple[Epoch, ...]
    by_time: bool = False
    running: bool = True

    def __post_init__(self) -> None:
        for name in ("experiment", "layer"):
            if not getattr(self, name) or ":" in getattr(self, name):
                raise ParameterError(
                    f"{name}={getattr(self, name)!r}, expected a name without a colon"
                )
        if not self.epochs:
            raise ParameterError(f"experiment {self.experiment!r} has no epoch, expected one")

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """The allocation from JSON, as `as_json` gives it and the record of an experiment holds."""
        epochs = tuple(
            Epoch(
                split=dict(epoch["split"]),
                slots=tuple((int(low), int(high)) for low, high in epoch["slots"]),
                since=datetime.fromisoformat(epoch["since"]) if epoch.get("since") else None,
            )
            for epoch in told["epochs"]
        )
        return cls(
            experiment=told["experiment"],
            layer=told["layer"],
            epochs=epochs,
            by_time=bool(told.get("by_time", False)),
            running=bool(told.get("running", True)),
        )

    def as_json(self) -> dict[str, Any]:
        """The allocation as plain JSON."""
        return {
            "experiment": self.experiment,
            "layer": self.layer,
            "by_time": self.by_time,
            "running": self.running,
            "epochs": [
                {
                    "split": dict(epoch.split),
                    "slots": [list(pair) for pair in epoch.slots],
                    "since": epoch.since.isoformat() if epoch.since else None,
                }
                for epoch in self.epochs
            ],
        }

    def stopped(self) -> Self:
        """The same units in the same arms, none of them exposed."""
        return replace(self, running=False)

    def resumed(self) -> Self:
        """The same units in the same arms, exposed."""
        return replace(self, running=True)

    def epoch_of(self, unit: Unit, first_seen: datetime | None = None) -> int | None:
        """The number, from 0, of the epoch that a unit came in with; None outside of all.

        Args:
            unit: what was randomised.
            first_seen: when it was first exposed, where that decides; now for one that is new.
        """
        slot = _place(self._slots.copy(), unit, SLOTS)
        found = self._numbers[slot]
        if not self.by_time:
            return None if found < 0 else found
        if found < 0:
            return None
        moment = first_seen or datetime.now(UTC)
        begun = [
            number
            for number, epoch in enumerate(self.epochs)
            if epoch.since is None or epoch.since <= moment
        ]
        return begun[-1] if begun else None

    def arm_of(self, unit: Unit, first_seen: datetime | None = None) -> str | None:
        """The arm of a unit, whether or not the experiment runs; None outside of it."""
        number = self.epoch_of(unit, first_seen)
        if number is None:
            return None
        point = _place(self._arms.copy(), unit, POINTS)
        for end, arm in self._cuts[number]:
            if point < end:
                return arm
        return None

    def epochs_of(self, units: Sequence[Unit], first_seen: Sequence[datetime] | None = None) -> Any:  # noqa: ANN401  an array of integers
        """The epoch of each unit, -1 outside of all."""
        import numpy as np  # noqa: PLC0415  only for columns

        if self.by_time:
            times = first_seen if first_seen is not None else [datetime.now(UTC)] * len(units)
            pairs = zip(units, times, strict=True)
            found = [self.epoch_of(unit, when) for unit, when in pairs]
            return np.array([-1 if number is None else number for number in found], dtype=int)
        return np.asarray(self._numbers)[_places(self._slots, units, SLOTS)]

    def arms_of(
        self, units: Sequence[Unit], first_seen: Sequence[datetime] | None = None
    ) -> list[str | None]:
        """The arm of each unit of a column (a list, an array, a series), None outside."""
        import numpy as np  # noqa: PLC0415  only for columns

        numbers = self.epochs_of(units, first_seen)
        points = _places(self._arms, units, POINTS)
        arms = np.full(len(numbers), None, dtype=object)
        for number, cuts in enumerate(self._cuts):
            mine = numbers == number
            ends = np.array([end for end, _ in cuts])
            names = np.array([arm for _, arm in cuts], dtype=object)
            arms[mine] = names[np.searchsorted(ends, points[mine], side="right")]
        found: list[str | None] = arms.tolist()
        return found

    @cached_property
    def _slots(self) -> Any:  # noqa: ANN401  a hash that has read the salt
        return blake2b(f"{_SCHEME}:layer:{self.layer}:".encode(), digest_size=8)

    @cached_property
    def _arms(self) -> Any:  # noqa: ANN401  a hash that has read the salt
        return blake2b(f"{_SCHEME}:arm:{self.experiment}:".encode(), digest_size=8)

    @cached_property
    def _numbers(self) -> list[int]:
        """The epoch that took each slot first, -1 for none."""
        found = [-1] * SLOTS
        for number, epoch in enumerate(self.epochs):
            for low, high in epoch.slots:
                for slot in range(low, high):
                    if found[slot] < 0:
                        found[slot] = number
        return found

    @cached_property
    def _cuts(self) -> list[list[tuple[int, str]]]:
        return [_cuts(epoch.split) for epoch in self.epochs]


def assign(allocation: Allocation, unit: Unit, *, first_seen: datetime | None = None) -> str | None:
    """The arm that a unit is to see; None where it is in no arm, or the experiment does not run.

    Args:
        allocation: of the experiment.
        unit: what is randomised; 7 and "7" are the same unit.
        first_seen: when the unit was first exposed, for experiments whose epochs go by time.

    >>> half = Epoch(split={"control": 0.5, "variant": 0.5}, slots=((0, 5000),))
    >>> greeting = Allocation(experiment="greeting", layer="greeting", epochs=(half,))
    >>> [assign(greeting, unit) for unit in ("ada", "bo", "cy", "di")]
    ['variant', None, None, None]
    """
    return allocation.arm_of(unit, first_seen) if allocation.running else None


def free_slots(taken: Iterable[Range], share: float, *, holdout: float = 0.0) -> tuple[Range, ...]:
    """Ranges of slots that hold a share of the layer and none that is taken.

    Args:
        taken: ranges of all other experiments of the layer, and of this one's earlier epochs.
        share: of the whole layer.
        holdout: share of the layer that no experiment may have.

    Raises:
        ParameterError: where the layer has not that much left.
    """
    wanted, end = round(share * SLOTS), SLOTS - round(holdout * SLOTS)
    used = {slot for low, high in taken for slot in range(low, high)}
    free = [slot for slot in range(end) if slot not in used]
    if not 1 <= wanted <= len(free):
        raise ParameterError(
            f"{share:.2%} of the layer's units are asked for, {len(free) / SLOTS:.2%} are free",
            remedy="conclude an experiment of the layer, ask for less, or use another layer",
        )
    ranges: list[list[int]] = []
    for slot in free[:wanted]:
        if ranges and ranges[-1][1] == slot:
            ranges[-1][1] = slot + 1
        else:
            ranges.append([slot, slot + 1])
    return tuple((low, high) for low, high in ranges)


def _cuts(split: Mapping[str, float]) -> list[tuple[int, str]]:
    """Where each arm ends on the scale; arms without a share have no end of their own."""
    shares = [(arm, share) for arm, share in split.items() if share > 0]
    ends = [round(total * POINTS) for total in accumulate(share for _, share in shares)]
    ends[-1] = POINTS
    return [(end, arm) for end, (arm, _) in zip(ends, shares, strict=True)]


def _place(salted: Any, unit: Unit, size: int) -> int:  # noqa: ANN401  a hash
    salted.update(_text(unit))
    place: int = (int.from_bytes(salted.digest()[: _BITS // 8], "big") * size) >> _BITS
    return place


def _places(salted: Any, units: Sequence[Unit], size: int) -> NDArray[np.int64]:  # noqa: ANN401
    import numpy as np  # noqa: PLC0415  only for columns

    found = bytearray()
    for unit in units:
        hashed = salted.copy()
        hashed.update(_text(unit))
        found += hashed.digest()[: _BITS // 8]
    heads = np.frombuffer(bytes(found), dtype=">u4").astype(np.uint64)
    return ((heads * np.uint64(size)) >> np.uint64(_BITS)).astype(np.int64)


def _text(unit: Unit) -> bytes:
    if isinstance(unit, str):
        return unit.encode()
    if isinstance(unit, bool) or not hasattr(unit, "__index__"):
        raise ParameterError(
            f"a unit is {type(unit).__name__}, expected text or a whole number",
            remedy="leave out units that are missing",
        )
    return str(unit.__index__()).encode()
