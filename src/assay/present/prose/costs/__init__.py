"""What the report on costs says: its head, its sections, and how it was done."""

from assay.present.prose.costs.head import brief
from assay.present.prose.costs.told import tell

__all__ = ["brief", "tell"]
