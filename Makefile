# Two commands: `make run` and `make test`. Each does all set-up on a fresh machine and asks only for
# Python 3.11+, a C++ compiler and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test test-slow nets set-up lock clean

# With a terminal: chat. Without one: the tour, for real, in a temporary home.
run: $(READY)
	@if [ -t 0 ] && [ -t 1 ]; then $(BIN)/privacy-assistant chat; else $(BIN)/python -m privacy_assistant.faces.tour; fi

# The nets, then every test where no network exists.
test: $(READY) nets
	@.ci/without-network --if-possible $(BIN)/python -m pytest

test-slow: $(READY)
	@$(BIN)/python -m pytest -m slow

nets: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

set-up: $(READY)

$(READY): requirements.lock pyproject.toml Makefile .ci/set-up
	@PYTHON=$(PYTHON) VENV=$(VENV) sh .ci/set-up
	@touch $(READY)

clean:
	rm -rf $(VENV)
