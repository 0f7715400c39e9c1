# `make run` starts the server, `make test` runs the quick tests; `make help` lists the rest.
# Each step leaves a stamp behind and is taken again only when what it depends on has changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PAGE := imaging/graphql/graphiql
PAGE_SOURCES := $(wildcard $(PAGE)/*.json $(PAGE)/build.* $(PAGE)/src/* $(PAGE)/src/*/*)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --custom-compile-command 'make lock'
# Tests that keep rows, without those that keep none, take long for another reason, or start a PostgreSQL in any run.
ROWS := $(wildcard $(addprefix tests/,accounts app batches collections commands database delivery graphql http images journal \
	search upkeep uploads worker test_survival.py))
LEFT_OUT := $(addprefix --ignore=tests/,commands/test_demo.py commands/test_doctor_cors.py commands/test_schema.py \
	database/test_outage.py database/test_plans.py database/test_postgres.py database/test_tls.py \
	graphql/test_contract.py http/test_sizes_told.py)

# Python's packages and the page's are fetched at the same time.
MAKEFLAGS += --jobs=2

.DEFAULT_GOAL := help
.PHONY: help run test test-all test-postgres check format web lock bench bench-render screenshot docs clean

help: ## List what make can do here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 21

run: $(BIN)/.installed $(PAGE)/dist/manifest.json ## Install what is missing, then serve on http://127.0.0.1:8000
	@exec $(BIN)/imaging serve

test: $(BIN)/.dev $(PAGE)/dist/manifest.json ## Run the quick tests: no root, no servers, no browser
	@$(BIN)/python -m pytest -m "not full"

test-all: $(BIN)/.dev $(PAGE)/dist/manifest.json ## Run every test, the quick ones first; a missing server or browser fails
	@$(MAKE) --no-print-directory test
	@$(BIN)/python -m pytest -m full
	@$(MAKE) --no-print-directory test-postgres

test-postgres: $(BIN)/.dev $(PAGE)/dist/manifest.json ## Run the tests that keep rows again, on a PostgreSQL of their own
	@$(BIN)/python -m pytest --database=postgres $(LEFT_OUT) $(ROWS)

check: $(BIN)/.dev ## Check format, lint, types, walls and the exported schema
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/imaging schema --check schema.graphql

format: $(BIN)/.dev ## Format the code and mend what ruff can mend; export the schema
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .
	@$(BIN)/imaging schema > schema.graphql.new && mv schema.graphql.new schema.graphql

web: $(PAGE)/dist/manifest.json ## Build the GraphiQL page

bench: $(BIN)/.dev $(PAGE)/dist/manifest.json ## Measure; print tables and write JSON
	@$(BIN)/python -m benchmarks

bench-render: $(BIN)/.dev $(PAGE)/dist/manifest.json ## Measure rendering beside libvips, ipx and thumbor
	@$(BIN)/python -m benchmarks render

screenshot: $(BIN)/.dev $(PAGE)/dist/manifest.json ## Take the README's picture again (needs Chromium)
	@$(BIN)/python -m docs.screenshot

docs: $(BIN)/.dev $(PAGE)/dist/manifest.json ## Render the pictures of docs/operations.md again, and write the page
	@$(BIN)/python -m docs.operations

lock: $(BIN)/.dev ## Pin the newest versions that pyproject.toml allows
	@$(PIP) install uv
	@$(UV_COMPILE) --upgrade pyproject.toml -o requirements.txt
	@$(UV_COMPILE) --upgrade --group build -c requirements.txt -o requirements-build.txt
	@$(UV_COMPILE) --upgrade --group dev pyproject.toml -c requirements.txt -c requirements-build.txt -o requirements-dev.txt

clean: ## Remove everything that was made, but not the data
	@rm -rf $(VENV) $(PAGE)/dist $(PAGE)/node_modules tests/node/node_modules benchmarks/.peers
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "imaging needs Python 3.11 or newer; try: make PYTHON=python3.12")'
	@echo "Making $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(BIN)/.build: requirements-build.txt | $(BIN)/python
	@echo "Installing what building needs …"
	@$(PIP) install --require-hashes -r requirements-build.txt
	@touch $@

# Compiled here, a start does not wait for it where PYTHONDONTWRITEBYTECODE is set.
$(BIN)/.installed: requirements.txt pyproject.toml $(BIN)/.build
	@echo "Installing what requirements.txt pins …"
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q imaging
	@touch $@

$(BIN)/.dev: requirements-dev.txt $(BIN)/.installed
	@echo "Installing the development tools …"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

$(PAGE)/dist/manifest.json: $(PAGE_SOURCES) | $(BIN)/.build
	@echo "Building the GraphiQL page …"
	@$(BIN)/python $(PAGE)/build.py
	@touch $@
