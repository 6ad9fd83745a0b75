# `make demo` and `make test` are all that a stranger needs: Python 3.11, git and make.
PYTHON ?= python3.11
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: help setup demo test check bench simulate mutants storm nightly format pages requirements clean

help:            ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

.venv/.runtime: requirements.txt pyproject.toml
	@test -x $(BIN)/python || $$(command -v $(PYTHON) || command -v python3) -m venv .venv
	$(PIP) --require-hashes -r requirements.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.txt
	$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

setup: .venv/.dev ## make .venv with everything in it

demo: .venv/.runtime ## every process of the example estate, with faults; ties every sum
	$(BIN)/interlock demo

check: .venv/.dev ## format, lint, types, the house, no logic twice, the example estates
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src
	$(BIN)/pylint --score=n --disable=all --enable=duplicate-code src/interlock src/interlock_sandbox
	$(BIN)/interlock check examples/quote-to-cash

test: check ## everything that must hold
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not nightly"

bench: .venv/.dev ## ratios, each measured in one run
	$(BIN)/python -m benchmarks

simulate: .venv/.dev ## 100,000 sagas under 36 kinds of faults; no invariant may break
	$(BIN)/interlock simulate --sagas 100000

mutants: .venv/.dev ## break one defence at a time; writes docs/mutations.md
	$(BIN)/python -m interlock.testing.mutation --out docs/mutations.md

storm: .venv/.dev ## real processes, killed, frozen, crashed and failed over for hours
	$(BIN)/python -m interlock.testing.storm --sagas 20000 --kills 2000 --crashes 200 \
	  --failovers 20 --terminations 200 --zombies 40 --full-disks 20 --pause 1

nightly: .venv/.dev ## the long programmes
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "nightly or not nightly"
	$(BIN)/interlock simulate --sagas 100000
	$(BIN)/python -m interlock.testing.mutation
	$(MAKE) storm

format: .venv/.dev
	$(BIN)/ruff format src tests benchmarks
	$(BIN)/ruff check --fix src tests benchmarks

pages: .venv/.runtime ## write the pages that are made from the code
	$(BIN)/interlock schema examples/quote-to-cash --format markdown --out docs/estate.md
	$(BIN)/interlock explain checks --markdown --out docs/checks.md
	$(BIN)/interlock connectors --markdown --out docs/connectors/promises.md
	$(BIN)/interlock matrix --markdown --out docs/fault-matrix.md

requirements: ## compile the pins anew (needs uv)
	uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 requirements.in -o requirements.txt
	uv pip compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf .venv .venv-* .interlock build dist
