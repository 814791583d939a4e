"""What an A/B test says, from its record: findings, head, headings, checks, method."""

from assay.present.prose.experiments.findings import tell
from assay.present.prose.experiments.head import brief

__all__ = ["brief", "tell"]
