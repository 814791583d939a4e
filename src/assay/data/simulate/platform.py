"""The platform that is simulated: its calendar, agents, models, and the truths built into it.

Everything here is data. Prices are USD per million tokens as LiteLLM's public price table listed
them on 2026-07-24; the price cut of `gpt-5.4-mini` is invented. Speeds are of the order that public
leaderboards report; agents, versions and people are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

START: Final = date(2026, 5, 24)
DAYS: Final = 180
END: Final = date(2026, 11, 19)

EXPERIMENT_FROM: Final = date(2026, 10, 9)
EXPERIMENT_DAYS: Final = 42
GREETING_LIFT: Final = 0.045
"""Every chance of success of the greeting's variant is multiplied by 1 + this."""

REGRESSION_FROM: Final = date(2026, 8, 18)
REGRESSION_UNTIL: Final = date(2026, 9, 15)
REGRESSION_RATIO: Final = 1.4
"""Every latency of the planner's version 2.1 is multiplied by this."""

PRICE_CHANGE: Final = date(2026, 9, 1)
PRICE_RATIO: Final = 0.8

INCIDENT_DAY: Final = date(2026, 7, 8)
INCIDENT_HOURS: Final = (9, 15)
INCIDENT_ERRORS: Final = 0.4
INCIDENT_PROVIDER: Final = "anthropic"


def day_number(day: date) -> int:
    """Days since the first day of the sample."""
    return (day - START).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model: its price per million tokens, and how fast it answers.

    Attributes:
        first_token_s: median time to the first token.
        tokens_per_s: median speed after it.
        errors: share of calls that fail on an ordinary day.
    """

    name: str
    provider: str
    input: float
    cache_read: float
    cache_write: float | None
    output: float
    batch_factor: float | None
    first_token_s: float
    tokens_per_s: float
    errors: float
    reasoning: float = 0.0


MODELS: Final = (
    Model(
        name="claude-haiku-4-5",
        provider="anthropic",
        input=1.0,
        cache_read=0.1,
        cache_write=1.25,
        output=5.0,
        batch_factor=None,
        first_token_s=0.55,
        tokens_per_s=115.0,
        errors=0.016,
    ),
    Model(
        name="claude-sonnet-4-6",
        provider="anthropic",
        input=3.0,
        cache_read=0.3,
        cache_write=3.75,
        output=15.0,
        batch_factor=None,
        first_token_s=0.95,
        tokens_per_s=68.0,
        errors=0.018,
        reasoning=0.25,
    ),
    Model(
        name="claude-opus-4-8",
        provider="anthropic",
        input=5.0,
        cache_read=0.5,
        cache_write=6.25,
        output=25.0,
        batch_factor=None,
        first_token_s=1.4,
        tokens_per_s=52.0,
        errors=0.02,
        reasoning=0.4,
    ),
    Model(
        name="gpt-5.4",
        provider="openai",
        input=2.5,
        cache_read=0.25,
        cache_write=None,
        output=15.0,
        batch_factor=0.5,
        first_token_s=0.9,
        tokens_per_s=80.0,
        errors=0.014,
        reasoning=0.35,
    ),
    Model(
        name="gpt-5.4-mini",
        provider="openai",
        input=0.75,
        cache_read=0.075,
        cache_write=None,
        output=4.5,
        batch_factor=0.5,
        first_token_s=0.5,
        tokens_per_s=140.0,
        errors=0.014,
    ),
    Model(
        name="gemini-3.1-pro-preview",
        provider="gemini",
        input=2.0,
        cache_read=0.2,
        cache_write=None,
        output=12.0,
        batch_factor=0.5,
        first_token_s=1.5,
        tokens_per_s=92.0,
        errors=0.024,
        reasoning=0.45,
    ),
    Model(
        name="gemini-3.5-flash-lite",
        provider="gemini",
        input=0.3,
        cache_read=0.03,
        cache_write=None,
        output=2.5,
        batch_factor=0.5,
        first_token_s=0.38,
        tokens_per_s=210.0,
        errors=0.02,
    ),
    Model(
        name="deepseek-chat",
        provider="deepseek",
        input=0.28,
        cache_read=0.028,
        cache_write=None,
        output=0.42,
        batch_factor=None,
        first_token_s=1.2,
        tokens_per_s=44.0,
        errors=0.03,
    ),
)
CHANGED_MODEL: Final = "gpt-5.4-mini"


@dataclass(frozen=True, slots=True)
class Release:
    """A version of an agent from a day on, and the models that it is routed to (name, share)."""

    version: str
    since: date
    routes: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An agent: what its turns look like.

    Attributes:
        turns: mean number of turns of a session.
        prompt_tokens: length of its fixed prompt, cached by the provider from the second turn on.
        input_tokens, output_tokens: medians of a turn; both have heavy tails.
        solved: mean chance that a turn without a technical error solves the task.
        rated: share of turns that are rated by the user.
        escalated: chance that a person steps in when a turn fails.
        tools: integrations that its turns may call, with the mean number of calls of a turn.
    """

    name: str
    releases: tuple[Release, ...]
    turns: float
    prompt_tokens: int
    input_tokens: float
    output_tokens: float
    solved: float
    rated: float
    escalated: float
    tools: tuple[str, ...]
    calls: float
    workflow: str


CONCIERGE: Final = "concierge"
PLANNER: Final = "planner"
RESEARCHER: Final = "researcher"
WRITER: Final = "writer"
REVIEWER: Final = "reviewer"
TUTOR: Final = "tutor"

_CONCIERGE_ROUTES: Final = (("claude-haiku-4-5", 0.6), ("gpt-5.4-mini", 0.4))
_PLANNER_ROUTES: Final = (("gpt-5.4", 0.7), ("claude-sonnet-4-6", 0.3))

AGENTS: Final = (
    Agent(
        name=CONCIERGE,
        releases=(
            Release("3.0", START, _CONCIERGE_ROUTES),
            Release("3.1", date(2026, 7, 1), _CONCIERGE_ROUTES),
            Release("3.2", date(2026, 8, 26), _CONCIERGE_ROUTES),
        ),
        turns=2.3,
        prompt_tokens=1800,
        input_tokens=420.0,
        output_tokens=190.0,
        solved=0.72,
        rated=0.4,
        escalated=0.05,
        tools=("crm", "order-status", "knowledge-base"),
        calls=0.22,
        workflow="support",
    ),
    Agent(
        name=PLANNER,
        releases=(
            Release("2.0", START, _PLANNER_ROUTES),
            Release("2.1", REGRESSION_FROM, _PLANNER_ROUTES),
            Release("2.2", REGRESSION_UNTIL, _PLANNER_ROUTES),
        ),
        turns=2.6,
        prompt_tokens=3200,
        input_tokens=1500.0,
        output_tokens=620.0,
        solved=0.78,
        rated=0.16,
        escalated=0.03,
        tools=("calendar", "ticketing", "warehouse"),
        calls=0.6,
        workflow="planning",
    ),
    Agent(
        name=RESEARCHER,
        releases=(
            Release("1.4", START, (("claude-opus-4-8", 0.55), ("gemini-3.1-pro-preview", 0.45))),
            Release(
                "1.5",
                date(2026, 9, 22),
                (("claude-opus-4-8", 0.3), ("gemini-3.1-pro-preview", 0.7)),
            ),
        ),
        turns=1.6,
        prompt_tokens=4100,
        input_tokens=5200.0,
        output_tokens=1150.0,
        solved=0.66,
        rated=0.2,
        escalated=0.02,
        tools=("web-search", "warehouse", "document-store"),
        calls=1.6,
        workflow="research",
    ),
    Agent(
        name=WRITER,
        releases=(
            Release("5.2", START, (("claude-sonnet-4-6", 1.0),)),
            Release("5.3", date(2026, 8, 5), (("claude-sonnet-4-6", 0.5), ("gpt-5.4", 0.5))),
        ),
        turns=2.9,
        prompt_tokens=2400,
        input_tokens=900.0,
        output_tokens=780.0,
        solved=0.81,
        rated=0.18,
        escalated=0.01,
        tools=("asset-library",),
        calls=0.12,
        workflow="publishing",
    ),
    Agent(
        name=REVIEWER,
        releases=(
            Release("0.8", START, (("deepseek-chat", 1.0),)),
            Release("0.9", date(2026, 7, 20), (("deepseek-chat", 0.5), ("gpt-5.4-mini", 0.5))),
            Release("1.0", date(2026, 10, 12), (("gpt-5.4-mini", 1.0),)),
        ),
        turns=1.5,
        prompt_tokens=2900,
        input_tokens=3100.0,
        output_tokens=410.0,
        solved=0.74,
        rated=0.1,
        escalated=0.02,
        tools=("repository",),
        calls=0.5,
        workflow="review",
    ),
    Agent(
        name=TUTOR,
        releases=(
            Release("1.0", START, (("gemini-3.5-flash-lite", 1.0),)),
            Release("1.1", date(2026, 8, 17), (("gemini-3.5-flash-lite", 1.0),)),
        ),
        turns=2.4,
        prompt_tokens=1500,
        input_tokens=520.0,
        output_tokens=310.0,
        solved=0.8,
        rated=0.14,
        escalated=0.005,
        tools=("exercise-bank",),
        calls=0.3,
        workflow="training",
    ),
)
AGENT_NAMES: Final = tuple(agent.name for agent in AGENTS)
MODEL_NAMES: Final = tuple(model.name for model in MODELS)
