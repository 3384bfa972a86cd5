# `make` alone lists the verbs. Each does its own set-up, into .venv in this folder.
PYTHON ?= python3
BIN := .venv/bin
# pip refuses a hashed lock in which a package asks for another's extras; uv does not, and takes 5 s.
UV := 0.13.9
STAMP := .venv/.installed
export DAGSTER_DISABLE_TELEMETRY := 1

# Where the lab lives, and the calls it plays.
export CALLCENTER_LAB ?= /srv/callcenter-lab
SEED ?= 11
N ?= 40
OUT ?= build/lab-calls

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format bench lock clean lab-up lab-calls lab-down test-lab soak

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with everything locked in requirements.lock

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up .venv (half a minute the first time) ..."
	@$(PYTHON) -m venv .venv || { echo "venv is missing: on Debian and Ubuntu, apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: $(STAMP) ## the bundled recording: its figures, its calls as they happen, Dagster's UI (ONCE=1: ends by itself)
	@$(BIN)/callcenter demo $(if $(ONCE),--once)

test: $(STAMP) ## all tests but those that need the lab
	@$(BIN)/pytest -n auto --dist loadfile

lint: $(STAMP) ## ruff, mypy --strict and Dagster's definitions
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/dg check defs

format: $(STAMP) ## rewrite the code in the house's format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(STAMP) ## the speed, against the limit of the machine (minutes; LINES=10000000; ONLY=warehouse, relay or, in the lab, otrs or page; STORE=postgresql: the lab's, for the relay)
	@$(if $(filter relay otrs page,$(ONLY)),true,$(BIN)/python -m tests.bench $(if $(LINES),--lines $(LINES)))
	@$(if $(filter warehouse otrs page,$(ONLY)),true,$(BIN)/python -m tests.bench.relay $(if $(STORE),--store $(STORE)))
	@$(if $(filter otrs,$(ONLY)),$(BIN)/python -m tests.bench.otrs,true)
	@$(if $(filter page,$(ONLY)),$(BIN)/python -m tests.bench.page,true)

lab-up: ## a real Asterisk, Znuny, PostgreSQL, MariaDB and Chromium on this machine (root; minutes once, then seconds)
	@lab/up --root $(CALLCENTER_LAB) $(if $(ONLY),--only $(ONLY)) $(if $(PORTS),--ports-base $(PORTS))

lab-calls: $(STAMP) ## real calls of known outcome, and whether the figures equal the truth (SEED=11 N=40)
	@$(BIN)/python -m lab.calls --seed $(SEED) --count $(N) --output $(OUT)
	@$(BIN)/python -m lab.calls.check $(OUT)

lab-down: ## stop the lab, and prove that nothing of it is left running or mounted (PURGE=1: delete it)
	@lab/down --root $(CALLCENTER_LAB) $(if $(PURGE),--purge)

test-lab: $(STAMP) lab-up ## the tests that need the lab (root); they fail where it does not start
	@$(BIN)/pytest -m "lab and not soak" tests/lab tests/relay tests/warehouse

soak: $(STAMP) lab-up ## the long runs, hours of them (root)
	@$(BIN)/pytest -m soak

lock: $(STAMP) ## choose the newest versions pyproject.toml admits
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
		--group dev --constraint requirements.in pyproject.toml -o requirements.lock > /dev/null

clean: ## remove what the other verbs made (not your data)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
