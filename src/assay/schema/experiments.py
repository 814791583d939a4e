"""Who was put into which arm."""

from __future__ import annotations

import dataframely as dy

from assay.schema import columns as c


class Assignments(dy.Schema):
    """One unit put into one arm of one experiment.

    A unit that appears in two arms breaks the key in all its rows, so that it counts in none.
    """

    experiment_id = c.key()
    unit_id = c.key()
    variant = c.text(required=True)
    assigned_at = c.moment()
    stratum = c.text()
