"""Randomness by name: each table draws from its own stream, so that adding one changes no other."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np


@dataclass(frozen=True, slots=True)
class Streams:
    """Independent generators spawned from one seed."""

    seed: int

    def __call__(self, name: str) -> np.random.Generator:
        """The generator of that name, always from its beginning."""
        child = np.random.SeedSequence(self.seed, spawn_key=(crc32(name.encode()),))
        return np.random.Generator(np.random.PCG64(child))
