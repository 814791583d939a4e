"""What a report on data quality says, from its record: findings, head, headings, method."""

from assay.present.prose.quality.findings import tell
from assay.present.prose.quality.head import brief

__all__ = ["brief", "tell"]
