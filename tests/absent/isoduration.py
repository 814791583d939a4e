"""Stands for a grammar of durations that Jupyter Lab brings along and no test needs.

Whoever opens a notebook imports it and with it a library of dates. Where Lab is not installed, it
is not there either.
"""

raise ImportError("left out of the tests, as where Jupyter Lab is not installed")
