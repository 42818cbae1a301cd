# Two commands on a fresh machine: `make demo` and `make test`. They need git, make and Python 3.11 or newer.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check
# bytecode is compiled at first import, and kept: the demo imports one in six of the modules that are installed
INSTALL := $(PIP) install --no-compile

.PHONY: help demo test kills simulate check types site lock docs lab clean

help:            ## this list
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 12

demo: $(VENV)/.run   ## set up, build the demo client, run all chapters, print the path of the report
	$(BIN)/cjm demo

test: $(VENV)/.test  ## set up what tests need and run them
	$(BIN)/python -m pytest -n auto --dist loadgroup

kills: $(VENV)/.test ## builds, erasures, reports and exports killed at every step and at 200 random instants of each; all pairs of commands at once (two hours)
	$(BIN)/python -m tests.killing_builds
	$(BIN)/python -m tests.report.killing
	$(BIN)/python -m tests.meeting

simulate: $(VENV)/.test ## what the map says of 200 businesses in which nothing changes, and of 200 with planted pain (half an hour)
	$(BIN)/python -m benchmarks.map_simulator

check: $(VENV)/.test ## ruff, mypy, import layers, generated docs
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cjm docs --check
	$(MAKE) --no-print-directory types

types:           ## the browser's half of the widgets, checked by TypeScript (where npm is there)
	@if command -v npm >/dev/null; then cd js && { [ -x node_modules/.bin/tsc ] || npm ci --no-audit --no-fund --silent; } && npm run --silent check; \
	else echo "no npm here: the widgets' TypeScript is not checked"; fi

site: $(VENV)/.site  ## the documentation as a site in site/, searchable from disk, with the demo's figures and chapters (after make demo)
	$(BIN)/python tools/site.py

CLIENT ?= demo
lab: $(VENV)/.run    ## open JupyterLab with the chapters of CLIENT (default: the demo)
	$(BIN)/cjm lab $(CLIENT)

lock: $(VENV)/.test  ## derive the locked requirements and environment.yml from pyproject.toml (needs uv)
	$(BIN)/python tools/lock.py

docs: $(VENV)/.run   ## write the generated documentation
	$(BIN)/cjm docs

clean:           ## remove the virtual environment
	rm -rf $(VENV)

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; set PYTHON=python3.12") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock.txt pyproject.toml | $(BIN)/python
	@echo "installing (a minute or two the first time)"
	$(INSTALL) --require-hashes -r requirements.lock.txt
	$(INSTALL) --no-deps -e .
	@touch $@

$(VENV)/.test: requirements-test.lock.txt $(VENV)/.run
	$(INSTALL) --require-hashes -r requirements-test.lock.txt
	@touch $@

$(VENV)/.site: requirements-site.lock.txt $(VENV)/.run
	$(INSTALL) --require-hashes -r requirements-site.lock.txt
	@touch $@
