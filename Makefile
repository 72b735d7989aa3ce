# make run: set up, run the default pipeline, say where the report lies. make test: set up, check, test.
# make test-all: that, whole runs again by other ways, a real Slurm (as root on Debian; else it says why
# not), and faults again and again.
# make docs: the site of the documents, in docs/_build/html.
# make fuzz FUZZ_NUMBER=10000 FUZZ_SEEDS="1 2" FUZZ_FLAGS=--write: damaged recordings, and their table.
# make test PYTHON=/path/to/python makes .venv anew where it was made for another version of Python;
# VENV=FOLDER uses a virtual environment beside it.
# On Linux, PIP_FLAGS="--index-url ..." or the like chooses where packages come from: the CPU build of
# torch is some gigabytes smaller.
VENV ?= .venv
# Prints the version of a Python that micfp runs on, and nothing for another one.
PRINT_VERSION := import sys; v = sys.version_info[:2]; print("%d.%d" % v if (3, 11) <= v <= (3, 14) else "")
# The virtual environment's own Python, else the newest tested one. Each is tried: what merely has the
# name of a Python need not start.
ifndef PYTHON
PYTHON := $(shell for p in $$(sed -n 's/^executable = //p' $(VENV)/pyvenv.cfg 2>/dev/null) \
	python3.13 python3.12 python3.11 python3; do \
	test -n "$$($$p -c '$(PRINT_VERSION)' 2>/dev/null)" && echo $$p && break; done)
endif
VERSION := $(shell $(PYTHON) -c '$(PRINT_VERSION)' 2>/dev/null)
PIP_FLAGS ?=
CORES ?= $(shell $(PYTHON) -c 'import os; print(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())')
# What `test` does beside the tests; LINT= leaves it out.
LINT ?= lint
FUZZ_NUMBER ?= 10000
FUZZ_SEEDS ?= 1 2
FUZZ_FLAGS ?=
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed-$(VERSION)
export PATH := $(abspath $(BIN)):$(PATH)
export MLFLOW_DISABLE_TELEMETRY := true
export DVC_NO_ANALYTICS := true

.PHONY: run test test-all lint docs bench fuzz clean

run: $(INSTALLED)
	snakemake -j$(CORES) all
	@echo "The report: $(CURDIR)/results/report.html"

test: $(INSTALLED) $(LINT)
	pytest -n $(CORES) --maxprocesses 8

# One process more than cores: the tests on Slurm wait for most of their time.
test-all: $(INSTALLED) $(LINT)
	pytest -n $$(($(CORES) + 1)) --maxprocesses 8 -m ''

lint: $(INSTALLED)
	ruff check .
	ruff format --check .
	lint-imports --no-logo
	mypy

# -E: what is written from the code is written anew.
docs: $(INSTALLED)
	sphinx-build -E -W --keep-going -q docs docs/_build/html
	@echo "The site: $(CURDIR)/docs/_build/html/index.html"

fuzz: $(INSTALLED)
	python -m tests.fuzz.run --number $(FUZZ_NUMBER) --seed $(FUZZ_SEEDS) $(FUZZ_FLAGS)

bench: $(INSTALLED)
	python benchmarks/run.py

# Byte-compiled at once, so that no command pays for it later.
$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(VERSION)" || { echo "micfp needs Python 3.11, 3.12 or 3.13, and 3.14 is untested (found: $(or $(PYTHON),none)): install one, or say make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(if $(wildcard $(INSTALLED)),,--clear) $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -c constraints.txt -e '.[all,docs,test]'
	-$(BIN)/python -m compileall -q -j0 $(VENV)/lib >/dev/null 2>&1
	touch $@

clean:
	rm -rf work results .micfp .snakemake docs/_build
