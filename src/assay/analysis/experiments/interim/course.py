"""An experiment in its plan: the rule that every estimate obeys, and what is told of the plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assay.analysis.experiments.interim.looks import Timing, timing_of
from assay.analysis.experiments.interim.outlook import Advice, Outlook, advise, outlook_of
from assay.analysis.experiments.interim.plan import PlanState, gated, rule_of, share_of, state_of
from assay.core.errors import ParameterError
from assay.params import Plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from assay.analysis.experiments.conclusions.verdicts import Cause
    from assay.analysis.experiments.effects.evidence import Effect, Evidence
    from assay.analysis.experiments.result import Comparison
    from assay.features.summary import Sample, Summary
    from assay.params import Metric
    from assay.stats.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAnswer:
    """Where the plan stands, what its end will probably say, and what to do until then."""

    state: PlanState
    outlooks: tuple[Outlook, ...]
    advice: Advice


@dataclass(frozen=True, slots=True)
class Course:
    """The plan, and which of its looks this is.

    Attributes:
        timing: the look; its summary holds the data as of it.
    """

    timing: Timing
    plan: Plan | None

    @classmethod
    def of(cls, summary: Summary, plan: Plan | Mapping[str, object] | None) -> Course:
        """The course of an experiment, from its data and its plan alone.

        Raises:
            ParameterError: where the plan is none, or speaks of days that the data do not have.
        """
        if plan is not None and not isinstance(plan, Plan):
            try:
                plan = Plan.model_validate(plan)
            except ValueError as error:
                raise ParameterError(f"plan={plan}: {error}") from error
        return cls(timing_of(summary, plan), plan)

    @property
    def summary(self) -> Summary:
        """The data as of the look."""
        return self.timing.summary

    def rule(self, n: float, arm: str) -> Rule:
        """The rule for an estimate of an arm that rests on n units."""
        return rule_of(self.timing, self.plan, n, share=share_of(self.summary, arm))

    def at_look(self, day: date) -> Rule | None:
        """The rule of a look that was made on that day; None on any other day."""
        made = [one for one in self.timing.made if one.day is not None and one.day <= day]
        if not made or made[-1].day != day:
            return None
        return rule_of(replace(self.timing, made=tuple(made)), self.plan, 0.0)

    @property
    def one_look(self) -> bool:
        """Whether the data are looked at once, so that no rule of looking has to be paid for."""
        return self.timing.kind == "once"

    def gated(
        self, evidence: Evidence, arm: str, samples: Mapping[str, Sample] | None = None
    ) -> Evidence:
        """The evidence, or a refusal where the plan has no answer yet or an arm too few events.

        Args:
            evidence: of the arm against the control.
            arm: whose it is.
            samples: of the arms, where they share no units.
        """
        control = self.summary.arms[0]
        pair = None
        if samples is not None and arm in samples and control in samples:
            pair = (samples[arm], samples[control])
        return gated(evidence, pair, self.timing)

    def effect(self, evidence: Evidence, arm: str, alpha: float) -> Effect:
        """The effect with intervals that err at most by alpha over all looks of the plan."""
        n = evidence.n
        if self.summary.design.design != "paired":
            n += evidence.n_control
        return evidence.at(alpha, self.rule(n, arm))

    def told(
        self,
        found: Sequence[tuple[Metric, str, Effect, float]],
        judged: Sequence[tuple[Comparison, Cause]],
        alpha: float,
        arm: str,
    ) -> PlanAnswer:
        """What is told of the plan.

        Args:
            found: metric, arm, effect, and the error that its verdict is made with.
            judged: every comparison with the cause of its verdict.
            alpha: error over all looks.
            arm: the one that the verdict over all metrics speaks of.
        """
        state = state_of(self.timing, self.plan, alpha)
        looked = [
            outlook_of(
                effect,
                metric,
                name,
                self.timing,
                self.plan,
                share=share_of(self.summary, name),
                alpha=error,
            )
            for metric, name, effect, error in found
        ]
        outlooks = tuple(one for one in looked if one is not None)
        return PlanAnswer(
            state=state,
            outlooks=outlooks,
            advice=advise(
                [one for one in outlooks if one.arm == arm],
                [pair for pair in judged if pair[0].arm == arm],
                state,
                self.plan,
            ),
        )
