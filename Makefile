# make run: set up, run the default pipeline, say where the report lies. make test: set up, check, test.
# make test-all: that, a real Slurm (as root on Debian; else it says why not), and faults again and again.
# On Linux, PIP_FLAGS="--index-url ..." or the like chooses where packages come from: the CPU build of
# torch is some gigabytes smaller.
PYTHON ?= $(shell for p in python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null \
	&& echo $$p && break; done)
PIP_FLAGS ?=
CORES ?= $(shell $(PYTHON) -c 'import os; print(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())')
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export MLFLOW_DISABLE_TELEMETRY := true
export DVC_NO_ANALYTICS := true

.PHONY: run test test-all lint bench clean

run: .venv/installed
	snakemake -j$(CORES) all
	@echo "The report: $(CURDIR)/results/report.html"

test: .venv/installed lint
	pytest

test-all: test
	pytest -m "cluster or faults" tests/cluster tests/faults

lint: .venv/installed
	ruff check .
	ruff format --check .
	mypy

bench: .venv/installed
	python benchmarks/run.py

# Byte-compiled at once, so that no command pays for it later.
.venv/installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "micfp needs Python 3.11 or 3.12: install it, or say make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -c constraints.txt -e '.[test]'
	-$(BIN)/python -m compileall -q -j0 .venv/lib >/dev/null 2>&1
	touch $@

clean:
	rm -rf work results .micfp .snakemake
