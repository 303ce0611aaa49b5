# One entrance for every check. `make demo` and `make test` need Python 3.11+ and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test drills look check format bench words clean

help: ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

setup: $(READY) ## Make the environment (the other targets do it by themselves)

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY) ## Load three demo companies, run 75 business days, write what people read
	$(BIN)/tajdid demo

test: $(READY) ## Run the tests on an embedded PostgreSQL
	$(BIN)/python -m pytest -n 2 --dist worksteal

drills: $(READY) ## Kill, restart and cut what a night needs, on a running tajdid up (ten minutes)
	$(BIN)/python -m pytest tests/drills

look: $(READY) ## Look at the pages in Chromium: accessibility, both directions, print; pictures in build/looks
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --editable '.[look]'
	$(BIN)/python -m pytest tests/browser

check: $(READY) ## Run the linters and the type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY) ## Put the code in shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

words: $(READY) ## Bring the catalogs up to date with the texts; then translate what is new
	@mkdir -p build
	@for pair in common:language documents:documents messages:messages reports:catalogue pages:pages; do \
	  domain=$${pair%:*}; \
	  $(BIN)/pybabel -q extract -F reports/language/babel.cfg -k text -k ngettext:1,2 -k plural:1,2 --no-location \
	    -o build/$$domain.pot reports/$${pair#*:}; \
	  for language in ar fa; do \
	    $(BIN)/pybabel -q update --init-missing --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date \
	      -D $$domain -i build/$$domain.pot -d reports/language/locale -l $$language; \
	  done; \
	done

bench: $(READY) ## Measure every step against a floor of the same run, and a whole business day
	$(BIN)/python benchmarks/lifecycle.py

clean: ## Remove the environment, the embedded database and the output
	rm -rf $(VENV) .tajdid out build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
