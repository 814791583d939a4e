"""A batch from its first item to its last: written down, carried out, and closed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from assay.workbench.batch.conductor import Conductor
from assay.workbench.batch.crews import Beside, Here
from assay.workbench.batch.journal import Journal, Standing
from assay.workbench.batch.outcome import Account
from assay.workbench.batch.task import Bench, ended
from assay.workbench.batch.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from assay.workbench.batch.conductor import Crew
    from assay.workbench.batch.journal import Options
    from assay.workbench.batch.outcome import Outcome, Press, Progress
    from assay.workbench.batch.planning import Planned
    from assay.workbench.project import Project


def carry_out(  # noqa: PLR0913  what, how, with what, and who is told
    project: Project,
    planned: Sequence[Planned],
    options: Options,
    *,
    press: Press,
    begun: Callable[[Account], None],
    tell: Callable[[Progress], None],
    expected: Callable[[str, str], float | None],
    after: str | None = None,
    anew: Callable[[Planned], Planned] | None = None,
) -> dict[int, Outcome]:
    """What became of each item that had to be run, by its number.

    Raises:
        KeyboardInterrupt: where it was interrupted; what ran is kept, and nothing runs any more.
    """
    journal = Journal.begin(project, [each.item for each in planned], options, after=after)
    for each in planned:
        if each.outcome is not None:
            journal.note(each.item.number, ended(Standing(), each.outcome))
    to_run = [each for each in planned if each.outcome is None]
    stopped = True
    with journal.owned():
        try:
            with _crew(journal, options, press, tell) as crew:
                conductor = Conductor(
                    project=project,
                    journal=journal,
                    crew=crew,
                    tell=tell,
                    renderer=options.renderer,
                    render=press.render,
                    guard=press.guard,
                    fail_fast=options.fail_fast,
                    anew=anew,
                )
                begun(
                    Account(
                        batch=journal.id,
                        workers=crew.size,
                        items=len(planned),
                        to_run=tuple(
                            (item.report, item.set_name, expected(item.report, item.set_name))
                            for item in (each.item for each in to_run)
                        ),
                    )
                )
                outcomes = conductor.carry_out(to_run)
                stopped = conductor.stopped
        finally:
            journal.end(stopped=stopped)
    return outcomes


@contextmanager
def _crew(
    journal: Journal, options: Options, press: Press, tell: Callable[[Progress], None]
) -> Iterator[Crew]:
    if options.cluster is not None:
        from assay.workbench.batch.cluster import cluster  # noqa: PLC0415  an extra

        with cluster(options.cluster, journal) as found:
            yield found
        return
    if options.workers == 1:
        bench = Bench(kernels=press.kernels)
        try:
            yield Here(bench, journal, tell)
        finally:
            bench.close()
        return
    with Workers(options.workers, journal.log) as workers:
        yield Beside(workers, options.workers)
