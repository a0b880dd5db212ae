# Everything runs in .venv; `make demo` and `make test` set it up themselves.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
# A test that hangs although its time is up: the stacks are printed, its process ends, and the others go on.
HANGS := -o faulthandler_exit_on_timeout=true -o faulthandler_timeout

.PHONY: help setup demo test soak check format clean

help: ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## Create .venv and install renqun with pinned versions

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info[:2] < (3, 14); sys.exit(0 if ok else "renqun needs Python 3.11, 3.12 or 3.13; this is %d.%d. Try: make PYTHON=python3.12 setup" % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@if command -v uv >/dev/null 2>&1; then \
		VIRTUAL_ENV=$(CURDIR)/.venv uv pip install --quiet --compile-bytecode -c constraints.txt -e '.[dev,redis,bench]'; \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,redis,bench]'; \
	fi
	@touch $(STAMP)

demo: $(STAMP) ## Crawl a sandbox network, mine it, answer the three users, serve the API
	@$(BIN)/renqun demo $(ARGS)

test: $(STAMP) ## The test suite (a quarter of an hour on two cores)
	@$(BIN)/python -m pytest -m 'not soak' -n 2 --dist loadgroup $(HANGS)=400 $(ARGS)

soak: $(STAMP) ## The long runs: many kills, many examples, 100,000 pages (RENQUN_EXPLORE=1: other examples)
	@RENQUN_SOAK=1 $(BIN)/python -m pytest -m 'soak or property' -n 2 --dist loadgroup --timeout=2400 $(HANGS)=2500 $(ARGS)

check: $(STAMP) ## Lint, format check, strict types, import directions
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_house.py

format: $(STAMP) ## Let ruff format and mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## Remove the environment and caches
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
