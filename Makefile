# `make` lists the targets. `make demo` and `make test` need nothing but make and Python 3.11, 3.12 or
# 3.13: they create the environment .venv first. Settings, given as `make test TESTS=tests/mapping`:
#
#   PYTHON          use this interpreter as it is, instead of .venv
#   PYTHON_VERSION  3.11, 3.12 or 3.13: use an environment of this version, .venv-py311, ...
#   BASE_PYTHON     the interpreter that the environment is made with (default: the newest found)
#   PYTHON310       the same for .venv-py310, the environment of `make test-official`
#   TESTS           what pytest runs, with its options
#   WORKERS         how many processes the tests run in
#   PRESET          of `make experiments`; its data are in the folder XNER_DATA
#   JOBS            how many runs of `make experiments` go side by side

PYTHON_VERSIONS = 3.13 3.12 3.11
PYTHON_VERSION =
VENV = .venv$(if $(PYTHON_VERSION),-py$(subst .,,$(PYTHON_VERSION)))
ifneq ($(filter-out $(PYTHON_VERSIONS),$(PYTHON_VERSION)),)
$(error PYTHON_VERSION=$(PYTHON_VERSION): supported are $(PYTHON_VERSIONS))
endif
PYTHON = $(VENV)/bin/python
BASE_PYTHON ?=
PYTHON310 ?=
TESTS ?= tests
WORKERS ?= 2
PRESET ?= fixtures
JOBS ?= 1

LOCK = requirements/modern.txt
BULK_LOCK = requirements/modern-bulk.txt
EXPERIMENTS_LOCK = requirements/modern-experiments.txt
CREATE_ENVIRONMENT = requirements/create_environment.sh
# Nothing to make where the interpreter was given.
ENVIRONMENT = $(if $(filter file,$(origin PYTHON)),$(VENV)/.up-to-date)
BULK_ENVIRONMENT = $(if $(filter file,$(origin PYTHON)),$(VENV)/.bulk-up-to-date)
EXPERIMENTS_ENVIRONMENT = $(if $(filter file,$(origin PYTHON)),$(VENV)/.experiments-up-to-date)
OFFICIAL = .venv-py310/bin/python

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help environment bulk-environment demo experiments fixtures test test-official lint format \
	typecheck wheel audit locks portability clean clean-environments

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-19s %s\n", $$1, $$2}' Makefile

environment: $(VENV)/.up-to-date  ## create .venv, or bring it up to date

$(VENV)/.up-to-date: $(LOCK) setup.cfg xner_allennlp/version.py
	@sh $(CREATE_ENVIRONMENT) $(VENV) "$(or $(PYTHON_VERSION),$(PYTHON_VERSIONS))" $(BASE_PYTHON)
	@echo "installing $(LOCK) into $(VENV) (the first time takes minutes)"
	@$(VENV)/bin/python -m pip install -q --no-deps -r $(LOCK)
	@# Where the index serves a CUDA build of torch, its libraries are packages of their own.
	@$(VENV)/bin/python -c 'import torch' 2>/dev/null || { \
		echo "installing the CUDA libraries of this torch (pip will report AllenNLP's caps as conflicts)"; \
		$(VENV)/bin/python -m pip install -q "$$(grep '^torch==' $(LOCK))"; }
	@$(VENV)/bin/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

# With Ray: half a gigabyte that only `allennlp tag-corpus` and its tests need.
$(VENV)/.bulk-up-to-date: $(VENV)/.up-to-date $(BULK_LOCK)
	@echo "installing $(BULK_LOCK) into $(VENV)"
	@$(VENV)/bin/python -m pip install -q --no-deps -r $(BULK_LOCK)
	@touch $@

bulk-environment: $(VENV)/.bulk-up-to-date  ## add what `allennlp tag-corpus` needs

# With Snakemake.
$(VENV)/.experiments-up-to-date: $(VENV)/.up-to-date $(EXPERIMENTS_LOCK)
	@echo "installing $(EXPERIMENTS_LOCK) into $(VENV)"
	@$(VENV)/bin/python -m pip install -q --no-deps -r $(EXPERIMENTS_LOCK)
	@touch $@

experiments: $(EXPERIMENTS_ENVIRONMENT)  ## the paper's experiments: PRESET=fixtures, small, paper; JOBS=2
	$(PYTHON) experiments/run.py $(PRESET) --jobs $(JOBS)

demo: $(ENVIRONMENT)  ## map, train and compare the systems on the fixtures
	$(PYTHON) fixtures/demo.py

test: $(ENVIRONMENT) $(BULK_ENVIRONMENT) $(EXPERIMENTS_ENVIRONMENT)  ## run the tests
	$(PYTHON) -m pytest -q -n $(WORKERS) --dist loadfile $(TESTS)

test-official: .venv-py310/.up-to-date  ## run the tests on AllenNLP's official stack (Python 3.10)
	@# Not editable, so that the command line tests what a user gets; an old build/ would stay in it.
	@rm -rf build
	@$(OFFICIAL) -m pip install -q --no-deps --force-reinstall .
	@$(OFFICIAL) -m pip list 2>/dev/null | grep -E '^(allennlp|numpy|torch|xner_allennlp) '
	$(OFFICIAL) -m pytest -q -n $(WORKERS) --dist loadfile $(TESTS)

.venv-py310/.up-to-date: setup.cfg
	@sh $(CREATE_ENVIRONMENT) .venv-py310 3.10 $(PYTHON310)
	@echo "installing the official stack into .venv-py310 (the first time takes minutes)"
	@# The tests build a wheel; the setuptools that comes with Python 3.10 needs the package for it.
	@$(OFFICIAL) -m pip install -q ".[test]" wheel
	@touch $@

lint: $(ENVIRONMENT)  ## check style and formatting (ruff)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

format: $(ENVIRONMENT)  ## format the code, sort the imports (ruff)
	$(PYTHON) -m ruff check --fix-only .
	$(PYTHON) -m ruff format .

typecheck: $(ENVIRONMENT)  ## check the types (mypy)
	$(PYTHON) -m mypy

fixtures: $(ENVIRONMENT)  ## write fixtures/toy anew from its generator
	$(PYTHON) fixtures/generate.py

wheel: $(ENVIRONMENT)  ## build the wheel into dist/
	rm -rf build
	$(PYTHON) -m pip wheel -q --no-deps --no-build-isolation -w dist .

audit: $(ENVIRONMENT)  ## list the licences and known vulnerabilities of what is installed (needs a network)
	sh requirements/audit.sh $(PYTHON)

locks: $(ENVIRONMENT) .venv-py310/.up-to-date  ## write the lock files of requirements/ anew (needs a network)
	sh requirements/make_locks.sh $(PYTHON) $(OFFICIAL)

portability: $(ENVIRONMENT) .venv-py310/.up-to-date  ## train on either stack, tag on both, compare
	$(PYTHON) tests/portability/compare_stacks.py $(PYTHON) $(OFFICIAL)

clean:  ## remove builds and caches; runs/ and the environments stay
	rm -rf build dist *.egg-info .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find xner_allennlp tests fixtures -name __pycache__ -type d -prune -exec rm -rf {} +

clean-environments:  ## remove .venv and all .venv-py3*
	rm -rf .venv .venv-py3*

# CASES are shared by the tests of tests/fuzz. TARGET is one of tests/fuzz/coverage_guided.py; what
# reached new code stays in runs/fuzz, and RUNS begin there.
CASES ?= 100000
TARGET ?= text_vectors
RUNS ?= 100000
FUZZ_LOCK = requirements/modern-fuzz.txt
FUZZ_ENVIRONMENT = $(if $(filter file,$(origin PYTHON)),$(VENV)/.fuzz-up-to-date)
.PHONY: fuzz fuzz-coverage

fuzz: $(ENVIRONMENT)  ## broken files and odd text for every reader: CASES=100000
	FUZZ_CASES=$(CASES) $(PYTHON) -m pytest -q --show-capture=no tests/fuzz

fuzz-coverage: $(FUZZ_ENVIRONMENT)  ## the same led by coverage: TARGET=text_vectors RUNS=100000
	$(PYTHON) -m tests.fuzz.coverage_guided $(TARGET) runs/fuzz/$(TARGET) -runs=$(RUNS)

$(VENV)/.fuzz-up-to-date: $(VENV)/.up-to-date $(FUZZ_LOCK)
	@echo "installing $(FUZZ_LOCK) into $(VENV)"
	@$(VENV)/bin/python -m pip install -q --no-deps -r $(FUZZ_LOCK)
	@touch $@

KILLS ?= 50
.PHONY: faults

faults: $(ENVIRONMENT) $(BULK_ENVIRONMENT)  ## kill and resume the command lines, compare: KILLS=50
	OMP_NUM_THREADS=1 $(PYTHON) tests/faults/kill_and_resume.py --kills $(KILLS)
