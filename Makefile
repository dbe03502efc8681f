# `make demo` and `make test` set themselves up in a fresh clone; the rest builds on them.
PYTHON ?= python3
VENV ?= .venv
LENS ?= transformer-lens
SHELL = bash
BIN = $(VENV)/bin
PAGES = $(shell find docs notebooks rh_lens benchmarks/results mkdocs.yml CHANGELOG.md \
	CONTRIBUTING.md -type f -not -path '*/__pycache__/*' 2>/dev/null)

.PHONY: demo test docs pictures notebooks browser check bench format organism organism-seed2 clean

demo: $(VENV)/ready  ## find the retrieval heads of the bundled model
	@mkdir -p demo
	$(BIN)/rh-lens detect --lengths 384,512 --depths 0,0.5,1 \
		--template $$'{haystack}\n\nQuestion: {question}\nAnswer: {stem}' \
		--out demo/scores.safetensors --heatmap demo/heatmap.png
	@echo "wrote demo/scores.safetensors and demo/heatmap.png"

test: $(VENV)/ready  ## run the tests, or those in the folders that ONLY names
	$(BIN)/python -m pytest $(ONLY)

docs: site/index.html  ## the site, in site/; measures the bundled model and runs the notebooks

site/index.html: $(VENV)/docs-ready $(PAGES)
	NO_MKDOCS_2_WARNING=1 OMP_WAIT_POLICY=passive $(BIN)/mkdocs build --strict
	$(BIN)/python docs/hooks/offline.py site

pictures: $(VENV)/ready  ## draw the README's pictures again, from the bundled model
	$(BIN)/python docs/hooks/pictures.py docs/pictures

notebooks: $(VENV)/notebooks-ready  ## run every notebook on the bundled model
	OMP_WAIT_POLICY=passive HF_HUB_OFFLINE=1 $(BIN)/python -m pytest --nbmake --nbmake-timeout=300 notebooks
	$(BIN)/nbstripout --verify notebooks/*.ipynb

browser: $(VENV)/browser-ready site/index.html  ## test in a real browser; pictures: demo/browser
	$(BIN)/python -m pytest tests/browser

check: $(VENV)/ready  ## format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/ready  ## what scoring costs beside bare generation
	$(BIN)/python benchmarks/speed.py

format: $(VENV)/ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# a process for each core; one where there is a GPU
PROCESSES ?= 2
TRAIN = OMP_WAIT_POLICY=passive $(BIN)/torchrun --standalone --nproc_per_node $(PROCESSES) \
	-m training.train
CARD = $(BIN)/python -m training.card training/reports organism organism-short organism-seed2

organism: $(VENV)/ready  ## train the bundled model again, from nothing; resumes where it was stopped
	$(TRAIN) build/organism --model organism
	$(BIN)/python -m training.export build/organism rh_lens/organism
	$(BIN)/python -m training.export build/organism rh_lens/organism/organism-short --stage short
	cp build/organism/log.jsonl training/reports/organism.jsonl
	rm -f training/reports/organism.json training/reports/organism-short.json
	$(MAKE) -j2 training/reports/organism.json training/reports/organism-short.json
	$(CARD) > build/README.md
	mv build/README.md rh_lens/organism/README.md

organism-seed2: $(VENV)/ready  ## the same for the second seed
	$(TRAIN) build/organism-seed2 --model organism-seed2
	$(BIN)/python -m training.export build/organism-seed2 rh_lens/organism/organism-seed2
	cp build/organism-seed2/log.jsonl training/reports/organism-seed2.jsonl
	rm -f training/reports/organism-seed2.json
	$(MAKE) training/reports/organism-seed2.json
	$(CARD) > build/README.md
	mv build/README.md rh_lens/organism/README.md

training/reports/organism.json:
	OMP_NUM_THREADS=1 $(BIN)/python -m training.evaluate rh_lens/organism $@

training/reports/organism-short.json:
	OMP_NUM_THREADS=1 $(BIN)/python -m training.evaluate rh_lens/organism/organism-short $@ --answers

training/reports/organism-seed2.json:
	$(BIN)/python -m training.evaluate rh_lens/organism/organism-seed2 $@

# torch first and pinned: left to itself, pip may fetch gigabytes of GPU libraries
$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt "$(LENS)" -e ".[dev]"
	@touch $@

$(VENV)/notebooks-ready: $(VENV)/ready
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[notebooks]"
	@touch $@

$(VENV)/docs-ready: $(VENV)/ready
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[docs]"
	@touch $@

# Chromium is Debian's, or the one that the variable CHROMIUM names
$(VENV)/browser-ready: $(VENV)/ready
	test -x "$${CHROMIUM:-/usr/bin/chromium}" || { apt-get update -qq && \
		apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; }
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[browser]"
	@touch $@

clean:
	rm -rf $(VENV) demo site build/docs
