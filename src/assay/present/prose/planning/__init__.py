"""What the plan of an experiment says, from its record: head, findings, headings, method."""

from assay.present.prose.planning.head import brief
from assay.present.prose.planning.told import tell

__all__ = ["brief", "tell"]
