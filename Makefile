# Two commands matter: `make demo` shows the product, `make test` proves it. The rest serves those two.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# How many processes run the tests, each with a PostgreSQL of its own.
JOBS   ?= 2
RUN    := $(VENV)/.run
DEV    := $(VENV)/.dev
PO     := $(wildcard src/stockcraft/web/locale/*/LC_MESSAGES/*.po)
MO     := $(PO:.po=.mo)

.PHONY: help demo setup setup-dev test lint format messages requirements screenshots pages journeys faults endurance bench bench-tick bench-fleet bench-pages audit clean

help:  ## Say what each command does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: setup  ## Start StockCraft, a simulated Shopify shop, and sync one into the other
	@$(BIN)/stockcraft demo

setup: $(RUN) $(MO)  ## Make the environment in .venv

setup-dev: setup $(DEV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "StockCraft needs Python 3.11 or newer; \`make PYTHON=python3.12 …\` chooses one." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUN): $(BIN)/python requirements/run.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

$(DEV): $(RUN) requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

%.mo: %.po | $(RUN)
	@$(BIN)/python tools/messages.py compile

test: setup-dev  ## Run the whole suite (PostgreSQL comes from the wheel)
	$(BIN)/python -m pytest -m "not slow" -n $(JOBS) --dist worksteal $(ARGS)

lint: setup-dev  ## Style, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	STOCKCRAFT_DATA=var/lint $(BIN)/mypy src
	$(BIN)/lint-imports --no-cache

format: setup-dev  ## Put the code into the house form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: setup-dev  ## Gather the strings for people into the message catalogues
	$(BIN)/python tools/messages.py gather
	$(BIN)/python tools/messages.py compile

requirements: setup-dev  ## Pin again what pyproject.toml asks for
	$(BIN)/python tools/pin.py

screenshots: setup-dev pages  ## Take the pictures of the documentation
	$(BIN)/python tools/screenshots.py

pages: setup-dev  ## Take the pictures of docs/pages.md (ONLY="home plan" for some)
	ONLY="$(ONLY)" $(BIN)/python -m pytest -q tests/browser/gallery.py

journeys: setup-dev  ## Take every journey of the browser tests in both languages, wide and narrow, light and dark
	$(BIN)/python -m pytest -m journey tests/browser -n $(JOBS) --dist worksteal $(ARGS)

faults: setup-dev  ## Kill workers, web server, connections and PostgreSQL 500 times over 100 syncs; fill the disk
	$(BIN)/python -m pytest tests/faults $(ARGS)

endurance: setup-dev  ## Run what takes long: 10,000 random steps on each store, 10,000 deletions, a minute of webhooks
	$(BIN)/python -m pytest -m slow --ignore tests/faults --ignore tests/browser --ignore tests/shopsim/test_connector.py $(ARGS)

connectors: setup-dev  ## Let other people's connectors read the simulator
	$(BIN)/python -m pytest -m slow tests/shopsim/test_connector.py $(ARGS)

bench: setup-dev  ## Measure syncs against the floor of the same run (ARGS="2000x5 20000x5 100000x5")
	@$(BIN)/python -m bench $(ARGS)

bench-tick: setup-dev  ## Measure the daily tick for very many connections (ARGS="10000 100000")
	@$(BIN)/python -m bench.tick $(ARGS)

bench-fleet: setup-dev  ## Measure a fleet of shops with 1, 2 and 4 workers (ARGS="100 2000 --workers 1,2,4")
	@$(BIN)/python -m bench.fleet $(ARGS)

bench-pages: setup-dev  ## Measure pages over 100,000 products and 1,000 runs
	@$(BIN)/python -m bench.pages $(ARGS)

audit: setup-dev  ## Compare the pinned dependencies with the published advisories; fails when it cannot ask
	$(BIN)/uv tool run pip-audit==2.10.1 --requirement requirements/otel.txt --require-hashes --disable-pip --strict

clean:  ## Remove the environment and the demo's data
	rm -rf $(VENV) var dist
