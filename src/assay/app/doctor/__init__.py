"""What is missing on a machine or wrong with a project, what that costs, and what to do."""

from assay.app.doctor.examination import examine

__all__ = ["examine"]
