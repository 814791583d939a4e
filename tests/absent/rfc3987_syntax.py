"""Stands for a grammar of addresses that Jupyter Lab brings along and no test needs.

Whoever opens a notebook imports it, and building it takes longer than everything else that a
process of Assay's does at its start. Where Lab is not installed, it is not there either.
"""

raise ImportError("left out of the tests, as where Jupyter Lab is not installed")
