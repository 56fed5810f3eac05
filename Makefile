# Everything that is done with the project. `make help` lists it.
# Needed: make and a Python 3.11 or later; all else is brought, pinned with hashes.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11 python,$(if $(shell \
	$(name) -c 'import sys; sys.version_info >= (3, 11) and print("yes")' 2>/dev/null),$(name))))
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
RUN_STAMP := $(VENV)/run.stamp
DEV_STAMP := $(VENV)/dev.stamp
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links --build-deps-for editable
CODE := src tests migrations

.PHONY: help demo test coverage check bench chaos conformance oracle rules schemathesis format lock generated venv clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

demo: $(RUN_STAMP) ## Load the example patients and serve them on 127.0.0.1:8000
	@$(BIN)/pk-api demo $(DEMO)

test: $(DEV_STAMP) ## Run all tests on SQLite and PostgreSQL
	@$(BIN)/pytest -q -n $(JOBS) --dist loadscope $(TESTS)

coverage: $(DEV_STAMP) ## The same, and hold the share of the code that tests run through (CI)
	@$(BIN)/pytest -q -n $(JOBS) --dist loadscope --cov --cov-report=term:skip-covered --cov-fail-under=93 $(TESTS)

check: $(DEV_STAMP) ## Check format, style, types, imports, papers, OpenAPI, migrations and advisories
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pk-api openapi | diff -u openapi/pk-api.json - || { echo 'openapi/pk-api.json is not current: make generated'; exit 1; }
	$(BIN)/pytest -q -k 'not postgresql' tests/architecture
	$(BIN)/python -m tests.architecture.advisories

bench: $(DEV_STAMP) ## Measure the service on SQLite and PostgreSQL against a bare server
	$(BIN)/pytest -q -m bench tests/bench
	$(BIN)/python -m tests.bench.run

chaos: $(DEV_STAMP) ## Run the long sets: kills under load, many writers
	$(BIN)/pytest -q -m slow --ignore=tests/conformance --ignore=tests/oracle --ignore=tests/schema tests

conformance: $(DEV_STAMP) ## Compare with HL7's validator (needs Java and Maven)
	rm -rf build/emitted && mkdir -p build/emitted
	PK_COLLECT=$(CURDIR)/build/emitted $(BIN)/pytest -q -n $(JOBS) --ignore=tests/conformance tests
	PK_COLLECTED=$(CURDIR)/build/emitted $(BIN)/pytest -q -m 'slow or not slow' tests/conformance

oracle: $(DEV_STAMP) ## Compare 20 000 searches on each database with another reading of FHIR
	$(BIN)/pytest -q -rP -m slow -n $(JOBS) tests/oracle

rules: $(DEV_STAMP) ## Compare 400 000 decisions of access with an independent evaluation
	$(BIN)/pytest -q -s -m slow tests/rules

schemathesis: $(DEV_STAMP) ## Ask the contract API thousands of made-up questions on each database
	$(BIN)/pytest -q -s -m slow tests/schema

format: $(DEV_STAMP) ## Put code into its format
	$(BIN)/ruff check --fix --quiet $(CODE)
	$(BIN)/ruff format $(CODE)

generated: $(DEV_STAMP) ## Write openapi/pk-api.json, the tables of settings and profiles and the page of access rules
	$(BIN)/pk-api openapi > openapi/pk-api.json
	$(BIN)/python -m tests.architecture.settings_table
	$(BIN)/python -m tests.architecture.profiles_page
	$(BIN)/python -m tests.architecture.access_page
	$(BIN)/python -m tests.architecture.elements_page

lock: $(DEV_STAMP) ## Pin the dependencies anew, with hashes (UPGRADE=-U takes the latest)
	CUSTOM_COMPILE_COMMAND='make lock' $(COMPILE) $(UPGRADE) -o requirements.lock pyproject.toml
	CUSTOM_COMPILE_COMMAND='make lock' $(COMPILE) $(UPGRADE) --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

venv: $(DEV_STAMP) ## Make the environment for development

clean: ## Remove the environment and what tools left behind
	rm -rf $(VENV) build .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@test -n '$(PYTHON)' && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'A Python 3.11 or later is needed: install one, or name it: make PYTHON=/path/to/python3'; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { echo 'Python could not make an environment: install its venv module (Debian: python3-venv)'; exit 1; }

# --no-build-isolation: the build backend too comes from the lock.
define install
	@echo 'Installing from $(1) …'
	@$(PIP) install --require-hashes -r $(1)
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
endef

$(RUN_STAMP): requirements.lock pyproject.toml | $(BIN)/python
	$(call install,requirements.lock)

$(DEV_STAMP): requirements-dev.lock pyproject.toml | $(BIN)/python
	$(call install,requirements-dev.lock)
	@touch $(RUN_STAMP)
