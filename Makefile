# demo   remove the bunny from a real 1280x720 clip
# app    open the page in the browser
# test   run the tests (those of the page need a Chromium; without one they are skipped, and say so)
# check  format, lint and types
# Everything runs in .venv, which is made on first use from the pinned requirements; all it takes is Python and make.

PYTHON ?= python3
BIN := .venv/bin
SYNC := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo app test check clean

demo: .venv/demo.stamp
	$(BIN)/python demo/run.py

app: .venv/app.stamp
	$(BIN)/stranet app --open

test: .venv/dev.stamp
	$(BIN)/python -m pytest

check: .venv/dev.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright

clean:
	rm -rf .venv demo/out

.venv/demo.stamp: .venv/package.stamp requirements-demo.txt
	$(SYNC) --no-deps -r requirements-demo.txt
	@touch $@

.venv/app.stamp: .venv/package.stamp requirements-app.txt
	$(SYNC) --no-deps -r requirements-app.txt
	@touch $@

.venv/dev.stamp: .venv/package.stamp requirements-dev.txt requirements-app.txt
	$(SYNC) -r requirements-dev.txt
	@touch $@

.venv/package.stamp: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'StraNet needs Python 3.11 or newer; name one: make PYTHON=python3.12'; exit 1; }
	$(PYTHON) -m venv .venv
	$(SYNC) -r requirements.txt
	$(SYNC) --no-deps --editable .
	@touch $@
