# Gatepost: `make up` runs everything on this machine, `make test` runs all tests.

PYTHON ?= python3
PORT ?= 8080
DATA ?= var
BIN := .venv/bin

.PHONY: up test check test-slow mutants bench format lock clean

up: .venv/runtime
	@exec $(BIN)/gatepost up --port $(PORT) --data $(DATA)

# Everything that the build runs: style, types, arrows between packages, and the tests.
test: check
	@./tests/run

check: .venv/development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	MYPYPATH=clients/python $(BIN)/mypy clients/python/gatepost_client.py examples/flask-blog/blog.py examples/static-page/serve.py
	$(BIN)/lint-imports

# What takes longer than the usual run: more rounds of the failure test, the whole browser matrix, and the wires on
# PostgreSQL.
test-slow: .venv/development
	@./tests/run -m slow

# Break the product on purpose in copies and see the failure test fail.
mutants: .venv/development
	$(BIN)/python tests/mutants.py

bench: .venv/development
	$(BIN)/python -m benchmarks.stream --data $(DATA)

format: .venv/development
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Needs `uv` on PATH; the lock files hold hashes and name no host.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--group build pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--group build --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Gatepost needs Python 3.11, 3.12 or 3.13; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing; on Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/runtime: .venv/bin/python requirements.lock pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/development: .venv/runtime requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@

clean:
	rm -rf .venv
