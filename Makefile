# One entrance for every check. `make demo` and `make test` need Python 3.11+ and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test drills check format bench clean

help: ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

setup: $(READY) ## Make the environment (the other targets do it by themselves)

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY) ## Load three demo companies, run 75 business days, show what happened
	$(BIN)/tajdid demo

test: $(READY) ## Run the tests on an embedded PostgreSQL
	$(BIN)/python -m pytest -n 2 --dist worksteal

drills: $(READY) ## Kill, restart and cut what a night needs, on a running tajdid up (ten minutes)
	$(BIN)/python -m pytest tests/drills

check: $(READY) ## Run the linters and the type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY) ## Put the code in shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) ## Measure every step against a floor of the same run, and a whole business day
	$(BIN)/python benchmarks/lifecycle.py

clean: ## Remove the environment, the embedded database and the output
	rm -rf $(VENV) .tajdid out build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
