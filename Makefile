# `make demo` and `make test` set themselves up in a fresh clone; the rest builds on them.
PYTHON ?= python3
VENV ?= .venv
LENS ?= transformer-lens
SHELL = bash
BIN = $(VENV)/bin

.PHONY: demo test check format clean

demo: $(VENV)/ready  ## find the retrieval heads of the bundled model
	@mkdir -p demo
	$(BIN)/rh-lens detect --lengths 384,512 --depths 0,0.5,1 \
		--template $$'{haystack}\n\nQuestion: {question}\nAnswer: {stem}' \
		--out demo/scores.safetensors --heatmap demo/heatmap.png
	@echo "wrote demo/scores.safetensors and demo/heatmap.png"

test: $(VENV)/ready  ## run the tests
	$(BIN)/python -m pytest

check: $(VENV)/ready  ## format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# torch first and pinned: left to itself, pip may fetch gigabytes of GPU libraries
$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt "$(LENS)" -e ".[dev]"
	@touch $@

clean:
	rm -rf $(VENV) demo
