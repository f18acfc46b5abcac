# Leaklab. Every target makes the environment first where it is missing; needs only make and any Python 3.
.DEFAULT_GOAL := help
.PHONY: help lab test demo notebooks lock lint clean

ifeq ($(OS),Windows_NT)
PY := .venv/Scripts/python.exe
BOOT := py -3
else
PY := .venv/bin/python
BOOT := $(shell command -v python3 || command -v python || command -v python3.11 || echo "uv run --no-project")
ROOT_USER := $(if $(filter 0,$(shell id -u)),--allow-root)
endif

START := notebooks/student/00_start_here.ipynb
export TF_CPP_MIN_LOG_LEVEL ?= 2

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1 \t/' | expand -t 20

.venv/.ready: requirements.lock pyproject.toml tools/setup_env.py
	@$(BOOT) tools/setup_env.py

lab: .venv/.ready ## open JupyterLab on the start notebook (more options: make lab ARGS="--no-browser --port 9000")
	@$(PY) -m jupyterlab $(ROOT_USER) --ServerApp.root_dir="$(CURDIR)" --LabApp.default_url=/lab/tree/$(START) \
	  --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate $(ARGS)

test: .venv/.ready ## check the style, then run every test: units, notebooks, a real browser (one by one: ARGS="-n 0")
	@$(PY) -m ruff check --extend-exclude notebooks .
	@$(PY) lessons/build.py --check
	@$(PY) -m pytest leaklab tests notebooks/trainer --doctest-modules --nbval-lax --nbval-current-env \
	  -n logical --maxprocesses 4 $(ARGS)

demo: .venv/.ready ## run the three parts without a screen; writes build/demo/index.html
	@$(PY) -m leaklab.demo $(ARGS)

notebooks: .venv/.ready ## build the notebooks from lessons/ (make notebooks ARGS="01 --force")
	@$(PY) lessons/build.py $(ARGS)

lint: .venv/.ready ## check the style, and mend what can be mended
	@$(PY) -m ruff check --fix --extend-exclude notebooks .

lock: ## make requirements.lock anew from pyproject.toml (needs uv)
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra dev \
	  --custom-compile-command "make lock" --quiet -o requirements.lock pyproject.toml $(ARGS)

clean: ## remove what was built, the environment too
	@rm -rf build dist .venv .tools .pytest_cache .ruff_cache .hypothesis *.egg-info
