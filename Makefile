# `make` shows what there is.
SHELL := /bin/sh
PYTHON := .venv/bin/python
.DEFAULT_GOAL := help
# tests start hundreds of programs; each would compile everything again
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup demo test soak fuzz lint types fix lock bench clean

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1	\2/' | expand -t 16

setup: ## everything a checkout needs; the other targets do it by themselves
	@scripts/setup

demo: setup ## print a document and release it; CHECK=1 does it unattended
	@$(PYTHON) scripts/demo $(if $(CHECK),--check)

# many tests wait for programs they started, so there is work for one more than there are processors
TESTERS := $(shell expr $$(nproc) + 1)
test: setup ## lint, types, architecture and all tests; T=path runs some
	@scripts/test -n $(TESTERS) --dist worksteal $(T)

soak: setup ## real programs, killed at random, then judged; JOBS=200 KILLS=40 SEED=1, as root
	@PYTHONPATH=tests $(PYTHON) -m soak.chaos $(if $(JOBS),--jobs $(JOBS)) $(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED))

fuzz: setup ## a fuzz target: F=ipp, relay or another; for SECONDS=60; KEEP=1 renews its corpus
	@$(PYTHON) -m pip --disable-pip-version-check install -q --require-hashes -r requirements/fuzz.lock
	@$(PYTHON) tests/fuzz/run.py $(F) $(if $(KEEP),--keep,-max_total_time=$(or $(SECONDS),60))

lint: setup ## style only
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .

types: setup ## types only
	@.venv/bin/mypy

fix: setup ## repair what can be repaired by itself
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

lock: setup ## newest versions of all packages, with hashes
	@.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-header --no-emit-index-url --extra server --extra agent \
		pyproject.toml requirements/dev.in -o requirements/dev.lock
	@.venv/bin/uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url requirements/fuzz.in -o requirements/fuzz.lock
	@npm install --package-lock-only --ignore-scripts --no-audit --no-fund

BENCHMARKS := raw_one_queue raw_many_queues idle_latency driverless large_job attributes_all attributes_state \
	held_jobs release_latency snmp_scan printer_poll many_printers discovery_known discovery_traffic relay relay_latency relay_parallel relay_memory tunnel
bench: setup ## all benchmarks beside their peers, about fifteen minutes; B=name runs bench/name.py
	@bench/set-up
	@failed=; for name in $(or $(B),$(BENCHMARKS)); do $(PYTHON) bench/$$name.py || failed="$$failed $$name"; done; \
	[ -z "$$failed" ] || { echo "bench: failed:$$failed" >&2; exit 1; }

clean: ## remove what was made here, but not the virtual environment
	@rm -rf .state .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
	@find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
