# Needs make and Python 3.11 or later (with its venv module); everything else goes into .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Reinstalled only when what is installed changes; the editable install follows the sources.
STAMP := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
# setuptools warns of folders named like packages; the packages here are mapped on purpose.
# What is imported is compiled then; compiling all that is installed takes half of an install.
INSTALL = PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check
# These warn of their own sources while they are compiled, which no user should read.
NOISY = $(foreach name,backtrader empyrical pyfolio,$(VENV)/lib/python3*/site-packages/$(name))
# Images often set this; the install leaves compiling to the first import, so every process
# would compile every library again.
unexport PYTHONDONTWRITEBYTECODE
JOBS ?= auto
# mypy does not follow the editable install, and stubs that star-import a room would hide its
# modules and its sub-packages; links give it the package as it is imported.
ROOMS := feeds strategies analyzers sweeps scripts
TYPES := .mypy_cache/types
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help backtest test test-slow lint style types quick clean

help:  ## say what each target does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-10s %s\n", $$1, $$2}'

backtest: $(STAMP)  ## run the default rule on the embedded market; ARGS="--start 2016-01-01" adds options
	@$(BIN)/orebound backtest $(ARGS)

test: style  ## lint, types, and every test but the slow proofs, on all cores (JOBS=1 for one)
	@$(MAKE) --no-print-directory -j2 types quick

quick: $(DEV)
	$(BIN)/python -m pytest -m "not slow" -n $(JOBS) $(ARGS)

test-slow: $(DEV)  ## run the full-size proofs
	$(BIN)/python -m pytest -m slow $(ARGS)

lint: style types  ## check style and types

style: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV)
	@rm -rf $(TYPES) && mkdir -p $(TYPES)/orebound
	@ln -sfn $(foreach room,$(ROOMS),$(CURDIR)/$(room)) $(CURDIR)/api/* $(TYPES)/orebound/
	MYPYPATH=$(TYPES) $(BIN)/mypy -p orebound

clean:  ## remove the virtual environment and everything built
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed: make PYTHON=python3.12 ..."; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "$(PYTHON) lacks its venv module: install it (Debian: apt-get install python3-venv)"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(STAMP): setup.cfg pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --editable .
	@$(BIN)/python -W ignore -m compileall -q $(NOISY)
	@touch $@

$(DEV): setup.cfg pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --editable '.[dev]'
	@$(BIN)/python -W ignore -m compileall -q $(NOISY)
	@touch $@ $(STAMP)
