# Every target does its own set-up: a virtual environment in the tree, made by tools/bootstrap.py from requirements.lock.
# It needs Python 3.11 and make, nothing else. Another Python: make PYTHON=python3.12 test

PYTHON  ?= python3
DIALECT ?= dated
DAYS    ?= 30
ORDERS  ?= 5000
SEED    ?= 1
WORKERS ?= 2
BIN     := .venv/bin
PYTEST  := $(BIN)/pytest --numprocesses $(WORKERS) --dist loadgroup

.DEFAULT_GOAL := help
.PHONY: help setup test test-slow checked seed conformance lint types contracts format docs crash simulate simulate-stock demo bench-journal bench-orders bench-fulfilments bench-stock bench-xseries lock clean

help: ## what you are reading
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

setup: ## make .venv, or bring it up to date; does nothing when it is
	@$(PYTHON) tools/bootstrap.py

test: checked ## lint, types, import contracts, and every test but the slow ones
	$(PYTEST) -m "not slow"

test-slow: checked ## the same with the slow tests
	$(PYTEST)

# Side by side: the checks keep one processor busy, and so does the database of the real ERP that tests take copies of.
checked:
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target lint types contracts seed

seed: setup
	@$(BIN)/python -m demo.seeding var/tryton

conformance: setup ## each request and answer of every call, held against the vendor's API descriptions
	$(BIN)/python -m tests.conformance.run

simulate: setup ## days of trade in which everything goes wrong, judged: make simulate DAYS=30 SEED=1; the last line is JSON
	$(BIN)/python -m tests.simulation.run --days $(DAYS) --seed $(SEED) --dialect $(DIALECT)

simulate-stock: setup ## a week of trade in which every stock report is judged when it is made: make simulate-stock SEED=1; the last line is JSON
	$(BIN)/python -m tests.simulation.stock_week --seed $(SEED) --dialect $(DIALECT)

lint: setup ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## mypy, strict
	$(BIN)/mypy

contracts: setup ## which room may import which
	$(BIN)/lint-imports

format: setup ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup ## write the parts of docs/orders.md again that the code says
	$(BIN)/python -m tests.orders_doc

crash: setup ## kill syncd at every place, with every fault: make crash SEED=1, or one life again: make crash CELL=name
	$(BIN)/python -m tests.crash.run --seed $(SEED) --workers $(WORKERS) $(if $(CELL),--cell '$(CELL)')

demo: setup ## a real ERP, the sandbox and syncd on this machine: make demo DIALECT=classic
	$(BIN)/python -m demo.run --dialect $(DIALECT)

bench-journal: setup ## what an entry of the journal costs, beside bare sqlite3; the last line is JSON
	$(BIN)/python -m bench.journal

bench-orders: setup ## what many orders cost until their sales are verified: make bench-orders ORDERS=5000; the last line is JSON
	$(BIN)/python -m bench.orders --orders $(ORDERS)

bench-fulfilments: setup ## what it costs to complete in the ERP what the shops have handed over; the last line is JSON
	$(BIN)/python -m bench.fulfilments

bench-xseries: setup ## what the X-Series client costs and uses of the allowance; the last line is JSON
	$(BIN)/python -m bench.xseries

bench-stock: setup ## half a million levels a side compared, beside the least a script can do; the last line is JSON
	$(BIN)/python -m bench.stock

lock: setup ## rewrite requirements.lock from pyproject.toml (UPGRADE=--upgrade for newer versions)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml --extra build --extra demo --extra test \
		--universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --no-emit-find-links --quiet $(UPGRADE) --output-file requirements.lock

clean: ## remove everything that make made
	rm -rf .venv var dist .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
