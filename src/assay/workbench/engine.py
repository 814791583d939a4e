"""What of papermill runs a notebook, without the file systems that it would bring along."""

from __future__ import annotations

from assay.workbench.launch import without

with without("pyarrow.fs"):  # for notebooks in Hadoop, a fifth of what a worker loads
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NotebookExecutionManager

__all__ = ["NotebookExecutionManager", "PapermillNotebookClient"]
