# What a developer runs. `make` alone lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
PYTHON ?= python3
BIN := .venv/bin
CASE := tests/cases/example.yml

.PHONY: help demo test test-all bench lint generate tools clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.installed: pyproject.toml hatch_build.py
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[tools]'
	@touch $@

.venv/.dev: .venv/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@

.venv/.proofs: .venv/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group proofs
	@touch $@

demo: .venv/.installed ## Generate the example into demo/ and say what was made and checked
	rm -rf demo
	$(BIN)/agency-scaffold new demo --answers $(CASE)

test: .venv/.dev ## Run the tests (under 15 minutes on 2 cores)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -n 3 --dist worksteal -m "not slow"

test-all: .venv/.proofs ## Run all tests, also the slow proofs
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -n 3 --dist worksteal

bench: .venv/.dev ## Print CPU ratios against a bare render and against copier
	$(BIN)/python tools/bench.py
	$(BIN)/python tools/bench_update.py
	PATH="$(CURDIR)/$(BIN):$(CURDIR)/.tools/bin:$$PATH" $(BIN)/python tools/bench_validate.py

lint: .venv/.dev ## Format and lint
	$(BIN)/ruff format generator tests tools templates hatch_build.py
	$(BIN)/ruff check --fix generator tests tools templates hatch_build.py
	$(BIN)/mypy
	$(BIN)/python tools/check_components.py
	$(BIN)/lint-imports

generate: .venv/.dev ## Rewrite what is made from the model: questionnaire, reference, schemas, the example's paths
	$(BIN)/python tools/generate.py

tools: ## Install the tools that no Python package brings (needs go): actionlint, kubeconform, checkov
	tools/install-tools

clean: ## Remove what the other targets made
	rm -rf .venv .tools demo dist
