# Each target makes the environment that it needs in $(VENV), once.
PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
ARGS ?=
OUT ?= build/package

.DEFAULT_GOAL := help
.PHONY: help find-nstar sweep-phase-diagram claims figures nstar-random nstar-depth nstar-mnist \
  phase-mnist bench test test-slow docs package lint format clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

find-nstar: $(VENV)/.run ## N*(P) of the embedded digits, about two minutes
	$(PY) -m jamming.find_nstar $(ARGS)

sweep-phase-diagram: $(VENV)/.run ## phase diagram of the embedded digits, two to three minutes
	$(PY) -m sweeps.phase_diagram $(or $(ARGS),--config sweeps/digits.toml)

claims: $(VENV)/.run ## put the published claims to the test: report/index.html, eleven hours of a core; two of it share the work
	$(PY) -m claims $(ARGS)

figures: $(VENV)/.run ## draw what the stored experiments allow, and say what is missing
	$(PY) -m analysis.figures $(ARGS)

nstar-random: $(VENV)/.run ## the papers' random data at N = 800, depths 2, 3 and 5
	$(PY) -m jamming.find_nstar --dataset random --P 2000 --depth 3 2 5 --fractional \
	  --steps 40000 --out results/nstar-random $(ARGS)

nstar-depth: $(VENV)/.run ## N = 1500, where depth drops out; half a day on two cores
	$(PY) -m jamming.find_nstar --dataset random --P 4000 --depth 2 3 5 --fractional \
	  --lr 5e-4 --steps 160000 --precision float32 --out results/nstar-depth $(ARGS)

nstar-mnist: $(VENV)/.run ## MNIST 10 PCA, P = 500 to 4000, depths 1, 3 and 5
	$(PY) -m jamming.find_nstar --dataset mnist10pca --P 500 1000 2000 4000 --depth 3 1 5 \
	  --fractional --steps 40000 --out results/nstar-mnist10pca $(ARGS)

phase-mnist: $(VENV)/.run ## phase diagram of MNIST 10 PCA, P = 1000, about 40 minutes
	$(PY) -m sweeps.phase_diagram --dataset mnist10pca --P 1000 --h 4 6 8 11 16 23 32 64 128 \
	  --seeds 5 --precision float32 --out results/phase-mnist10pca $(ARGS)

bench: $(VENV)/.peer ## what all parts cost beside alternatives, half an hour; ends with a table of this version, an earlier one, PyTorch
	@failed=; for each in gradient small flow lanes hessian convolutions voxels scattering ntk peer versions; do \
	  $(PY) -m benchmarks.$$each || failed="$$failed $$each"; done; \
	  test -z "$$failed" || { echo "not as wanted:$$failed" >&2; exit 1; }

test: $(VENV)/.dev ## all tests but the slow ones; a data set that is not there is skipped
	$(PY) -m pytest -n auto --dist loadfile -m "not slow" $(ARGS)

test-slow: $(VENV)/.dev ## the slow ones alone
	$(PY) -m pytest -m slow $(ARGS)

docs: $(VENV)/.docs ## the site, in build/site; a broken link or reference fails
	NO_MKDOCS_2_WARNING=1 DISABLE_MKDOCS_2_WARNING=true $(PY) -m mkdocs build --quiet

package: $(VENV)/.dev ## the sdist and the wheel, in $(OUT)/dist; the wheel is tried away from here
	.ci/package $(PY) $(OUT)

lint: $(VENV)/.dev ## style, types and the direction of imports
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

format: $(VENV)/.dev ## let ruff lay the code out
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

clean: ## remove the environment and caches; results stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed: make PYTHON=python3.12 ..." >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml | $(VENV)/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.peer: pyproject.toml | $(VENV)/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check -e '.[peer]'
	@touch $@ $(VENV)/.run

$(VENV)/.docs: pyproject.toml | $(VENV)/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@ $(VENV)/.run

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.run
