# Three commands: `make run` starts the dashboard, `make test` runs every test, `make quick` those of minutes less (docs/testing.md).
# Each sets up what it needs first.
#
#   make run PORT=8600        another port (default 8501)
#   make run SYNTH_UI_HOME=…  another workspace (default: a folder of the user's; `make run` prints it)

PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_TESTS := $(VENV)/.ready-tests
# Keep every download inside the folder: removing it removes all.
export PIP_CACHE_DIR := $(CURDIR)/$(VENV)/.cache
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test quick check format docs clean

run: $(READY)
	@$(BIN)/synth-ui serve --port $(PORT)

test: $(READY_TESTS)
	@.ci/browser
	@.ci/postgres
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore tests/browser
	$(BIN)/python -m pytest tests/browser  # alone: they hold the board to seconds, which a busy machine cannot keep

quick: $(READY_TESTS)
	HYPOTHESIS_PROFILE=quick $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore tests/browser -m "not slow and not browser"

check: $(READY_TESTS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive synth_ui pages app.py
	@$(BIN)/python .ci/audit $(BIN)

format: $(READY_TESTS)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY)
	$(BIN)/python docs/make.py

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Synth UI needs Python 3.11 or newer; this is %s. Set PYTHON=python3.11" % sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

$(READY): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	@touch $@

$(READY_TESTS): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[test]'
	@touch $@ $(READY)
