"""Whether a user's chance to improve, to decline or to stay comes true as often as it says.

python benchmarks/calibration/personal_trends.py [--users 150] [--repeats 3] [--seed 1]

Worlds differ in what is known (3, 4, 6 or 12 weeks), in how users' slopes are spread (none, normal
and small, wide or with a mean, a fifth of users alone, heavy tails), in how weeks resemble the week
before, in whether something moves all in a week, and in how ratings are given: as they are, in five
steps, or in five steps most of which are high. The true slope is that of the expected rating, as it
is given. Exits with 1 where a fifth of all chances is off by more than .05 and three standard
errors, drawn over worlds.
"""

import argparse
import sys
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from assay.stats.personal_trends import UserWeeks, personal_trends

SMALLEST = 0.05
RATING = 0.25
LIMIT = 0.05
SLOPES = {
    "none": lambda _, users: np.zeros(users),
    "small": lambda rng, users: 0.03 * rng.standard_normal(users),
    "normal": lambda rng, users: 0.08 * rng.standard_normal(users),
    "wide": lambda rng, users: 0.15 * rng.standard_normal(users),
    "with a mean": lambda rng, users: 0.04 + 0.05 * rng.standard_normal(users),
    "of a fifth": lambda rng, users: np.where(
        rng.random(users) < 0.2, 0.15 * rng.standard_normal(users), 0
    ),
    "heavy": lambda rng, users: 0.05 * rng.standard_t(3, users),
}
STEPS = {
    "as they are": None,
    "five steps": np.array([0.125, 0.375, 0.625, 0.875]),
    "mostly high": np.array([0.0, 0.15, 0.35, 0.55]),
}
KINDS = (
    ("none", "as they are"),
    ("none", "mostly high"),
    ("small", "mostly high"),
    ("normal", "five steps"),
    ("wide", "as they are"),
    ("with a mean", "mostly high"),
    ("of a fifth", "as they are"),
    ("heavy", "five steps"),
)
WANDERS = ((0.0, 0.08), (0.5, 0.08), (0.85, 0.1))
"""Correlation of neighbouring weeks, and by how much weeks are off a user's line."""


class World(NamedTuple):
    weeks: int
    slopes: str
    steps: str
    lasting: float
    wander: float
    shock: float


WORLDS = [
    World(weeks, *kind, *wander, 0.02 if at // 3 % 3 == 0 else 0.0)
    for at, (weeks, kind, wander) in enumerate(product((3, 4, 6, 12), KINDS, WANDERS))
]


def drawn(world, users, rng):
    """Ratings by user and week, and each user's true slope per four weeks."""
    weeks = world.weeks
    time = (np.arange(weeks) - (weeks - 1) / 2) / 4
    slope = SLOPES[world.slopes](rng, users)
    line = 0.6 + 0.15 * rng.standard_normal((users, 1)) + slope[:, None] * time
    off = np.empty((users, weeks))
    off[:, 0] = world.wander * rng.standard_normal(users)
    for week in range(1, weeks):
        new = world.wander * np.sqrt(1 - world.lasting**2) * rng.standard_normal(users)
        off[:, week] = world.lasting * off[:, week - 1] + new
    n = np.where(rng.random((users, weeks)) < 0.8, 1 + rng.poisson(0.2, (users, weeks)), 0)
    n[n.sum(axis=1) == 0, 0] = 1
    who, week = np.nonzero(n)
    entry = np.repeat(np.arange(who.size), n[who, week])
    level = (line + off + world.shock * rng.standard_normal(weeks))[who, week]
    rating = level[entry] + RATING * rng.standard_normal(entry.size)
    cuts = STEPS[world.steps]
    if cuts is not None:
        rating = (rating[:, None] > cuts).mean(axis=1)
        whole = np.hypot(RATING, world.wander)
        expected = ndtr((line[:, :, None] - cuts) / whole).mean(axis=2)
        slope = expected @ time / (time @ time)
    times = n[who, week].astype(float)
    mean = np.bincount(entry, rating) / times
    square = np.bincount(entry, (rating - mean[entry]) ** 2)
    return UserWeeks(who, week, times, mean, square), slope


def answered(world, users, rng):
    """Chances of all that are counted, what is true of them, and whether intervals hold it."""
    given, slope = drawn(world, users, rng)
    found = personal_trends(given, smallest=SMALLEST).users
    mine = found.counted
    true = np.stack([slope > SMALLEST, abs(slope) <= SMALLEST, slope < -SMALLEST], axis=1)[mine]
    held = []
    for which in range(3):
        _, low, high = found.number(which, 0.95)
        held.append(low <= true[:, which].sum() <= high)
    return found.chance[mine], true, held


def fifths(answers):
    """Per fifth of what was told: how many, told, true, and the error of the gap over worlds."""
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        sums = []
        for chance, true, _ in answers:
            inside = (chance >= low) & (chance < low + 0.2 + (low == 0.8))
            sums.append((inside.sum(), chance[inside].sum(), true[inside].sum()))
        count, told, was = np.array(sums, dtype=float).T
        whole = max(count.sum(), 1.0)
        gap = (told - was).sum() / whole
        error = np.sqrt(((told - was - gap * count) ** 2).sum()) / whole
        yield low, int(count.sum()), told.sum() / whole, was.sum() / whole, error


def told(name, answers):
    parts = [
        f"{said:.2f} → {was:.2f} ({count:,})" for _, count, said, was, _ in fifths(answers) if count
    ]
    held = np.mean([one for *_, held in answers for one in held])
    print(f"{name:18}" + "  ".join(f"{part:24}" for part in parts) + f"  intervals {held:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--users", type=int, default=150)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    answers = {}
    for at, world in enumerate(WORLDS):
        for repeat in range(given.repeats):
            rng = np.random.default_rng([given.seed, at, repeat])
            answers.setdefault(world, []).append(answered(world, given.users, rng))
    every = [one for found in answers.values() for one in found]
    print("told → true (chances)")
    told("all", every)
    for name in ("weeks", "slopes", "steps", "lasting", "shock"):
        for value in sorted({getattr(world, name) for world in WORLDS}):
            mine = [found for world, found in answers.items() if getattr(world, name) == value]
            told(f"{name} {value}"[:17], [one for found in mine for one in found])
    missed = [
        low
        for low, count, said, was, error in fifths(every)
        if count and abs(said - was) > LIMIT + 3 * error
    ]
    if missed:
        print(f"missed in the fifths from {missed}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
