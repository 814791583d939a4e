"""What the report on trends says."""

from assay.present.prose.trends.findings import tell
from assay.present.prose.trends.head import brief

__all__ = ["brief", "tell"]
