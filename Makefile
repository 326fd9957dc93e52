# What a person types. Needs Python 3.11 or newer with venv, and nothing else: no root, no Node.js, no database server.
PYTHON ?= python3
# More than there are cores: tests wait for disks, browsers and other processes.
WORKERS ?= 3

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
INPUTS := pyproject.toml constraints.txt package-lock.json hatch_build.py

# Compiled modules are kept, whatever the shell says: the tests start many processes, each compiling everything else anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check assets bench soak clean dev

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: assets  ## install what is missing and serve the demonstration office
	@$(BIN)/laksana serve --demo

test: check  ## everything that CI does: format, lint, types, contracts, tests
	@$(BIN)/python -m tests.provision
	@$(BIN)/python -m pytest -n $(WORKERS)

check: dev  ## format, lint, types and import contracts
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports

assets: $(INSTALLED)  ## bundle the web assets and compile the translations, if they changed
	@$(BIN)/python assets/build.py || { [ $$? -eq 3 ] && $(PIP) --no-deps --editable .; }

bench: dev  ## print the benchmarks' ratios
	@for script in $(filter-out bench/soak.py,$(wildcard bench/*.py)); do $(BIN)/python "$$script" || exit; done

soak: dev  ## run thousands of random models against the token game, and every fault fifty times on each database
	@$(BIN)/python -m bench.soak
	@$(BIN)/python -m pytest -m long
	@$(BIN)/python -m tests.faults --rounds 50
	@$(BIN)/python -m tests.faults.race --times 500

clean:  ## remove everything that is built, but no data
	rm -rf $(VENV) node_modules service/static/dist build dist artifacts .cache .mypy_cache .ruff_cache .pytest_cache
	find service -name '*.mo' -delete

dev: $(INSTALLED_DEV) assets
	@$(BIN)/python assets/build.py --tools

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Laksana needs Python 3.11 or newer, and '$(PYTHON)' is not one. Name another: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(INSTALLED): $(BIN)/python $(INPUTS)
	@echo "Installing Laksana into $(VENV) (once; about half a minute) ..."
	@$(PIP) --editable .
	@touch $@

# The checks' tools, and Node.js where the machine has none. Order-only: two pips or two builds must not meet.
$(INSTALLED_DEV): $(INPUTS) | $(INSTALLED) assets
	@echo "Installing the tools of the checks ..."
	@$(PIP) --editable '.[dev]'
	@node=$$($(BIN)/python assets/build.py --node-requirement); [ -z "$$node" ] || $(PIP) "$$node"
	@touch $@
