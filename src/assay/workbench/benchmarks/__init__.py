"""Workloads that a project declares, measured in turn: what is run, by whom, and in which order."""
