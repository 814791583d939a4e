# Two commands do everything:  make report  and  make test.  `make help` lists the rest.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
BIN := .venv/bin

NEWER := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c '$(NEWER)' >/dev/null 2>&1 && { echo $$p; break; }; done)

.PHONY: help setup report test coverage check format lab sample bench oracles docs soak calibration schemas lock clean python

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

python:
	@test -n "$(PYTHON)" && "$(PYTHON)" -c '$(NEWER)' || { \
	echo "Assay needs Python 3.11 or newer; found: $$($(or $(PYTHON),python3) --version 2>&1 | head -n 1)." >&2; \
	echo "Install one, or name it: make report PYTHON=/path/to/python3" >&2; exit 1; }

.venv/.runtime: requirements.lock pyproject.toml tools/setup.py | python
	@"$(PYTHON)" tools/setup.py runtime

.venv/.dev: requirements-dev.lock pyproject.toml tools/setup.py | python
	@"$(PYTHON)" tools/setup.py dev
	@$(BIN)/python -P -m assay.workbench.commits

SIMULATION := $(wildcard src/assay/data/simulate/*.py src/assay/schema/*.py)

data/sample/truth.json: $(SIMULATION) | .venv/.runtime
	@$(BIN)/assay sample

.venv/.spark: requirements-spark.lock | .venv/.dev
	@"$(PYTHON)" tools/setup.py spark

# Spark needs Java 17; where there is none, its tests are skipped and say so.
ifneq (,$(filter test coverage,$(MAKECMDGOALS)))
JAVA := $(shell java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p')
WITH_SPARK := $(shell test "$(or $(JAVA),0)" -ge 17 2>/dev/null && echo .venv/.spark)
endif

setup: .venv/.dev ## the environment for working on Assay

report: .venv/.runtime data/sample/truth.json ## run and publish every report; ends by printing the index
	@$(BIN)/assay publish

test: .venv/.dev $(WITH_SPARK) ## the whole test suite
	@$(BIN)/python -m pytest --numprocesses=auto tests

# On its own: measuring doubles the time, and on Python 3.11 a traced thread can hang at Ctrl-C.
coverage: .venv/.dev $(WITH_SPARK) ## the whole test suite, and what of the code it runs
	@$(BIN)/python -m pytest --cov --cov-report=term --numprocesses=auto tests

check: .venv/.dev ## lint, types, import contracts, no outputs in git
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/house.py

format: .venv/.dev ## lay out the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

soak: .venv/.dev ## long fault runs: imports and publishing killed at random moments
	@$(BIN)/python -m pytest -s -p no:cacheprovider tests/soak --kills=100 --faults=200 --queued=64 --foreign

lab: .venv/.dev data/sample/truth.json ## the notebooks in JupyterLab: fresh code, live charts, %publish
	@$(BIN)/assay lab

docs: .venv/.runtime ## the user guide, as pages that need no network
	@$(BIN)/assay docs --out guide

sample: .venv/.runtime ## build the simulated sample data afresh
	@$(BIN)/assay sample

bench: .venv/.dev ## speed and memory beside bare reads and other tools; ROWS=1000000 is a quick one
	@$(BIN)/python benchmarks/all.py $(if $(ROWS),--rows $(ROWS))

ORACLES := $(patsubst benchmarks/oracles/%.txt,%,$(wildcard benchmarks/oracles/*.txt))

oracles: $(ORACLES:%=.venv-oracles/%/.ready) ## environments of the tools that `make bench` compares with

.venv-oracles/%/.ready: benchmarks/oracles/%.txt | python
	@"$(PYTHON)" -m venv .venv-oracles/$*
	@.venv-oracles/$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

calibration: .venv/.dev ## simulate whether intervals and tests keep their word; QUICK=1 takes half a minute
	@$(BIN)/python benchmarks/calibration/run.py --scale $(if $(QUICK),quick,full)

schemas: .venv/.dev ## write the JSON schemas of results
	@$(BIN)/python tools/schemas.py

lock: ## pin every dependency with its hashes (needs uv)
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--quiet pyproject.toml --extra build -o requirements.lock
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--quiet pyproject.toml --extra build --extra dev --extra lab --extra bench --extra cluster --extra bayes -c requirements.lock -o requirements-dev.lock
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--quiet pyproject.toml --extra spark -c requirements-dev.lock -o requirements-spark.lock

clean: ## remove what can be made again: environment, sample, runs, published reports, caches
	@rm -rf .venv .venv-oracles .assay data/sample data/.sample-* runs reports/published benchmarks/results .coverage .coverage.* \
	.mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
