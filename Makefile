# Leaklab. Every target first creates the environment if it is missing; needs only make and any Python 3.
.DEFAULT_GOAL := help
.PHONY: help lab present show doctor test demo notebooks lock lint clean

ifeq ($(OS),Windows_NT)
PY := .venv/Scripts/python.exe
BOOT := py -3
else
PY := .venv/bin/python
BOOT := $(shell command -v python3 || command -v python || command -v python3.11 || echo "uv run --no-project")
ROOT_USER := $(if $(filter 0,$(shell id -u)),--allow-root)
endif

START := notebooks/student/00_start_here.ipynb
export TF_CPP_MIN_LOG_LEVEL ?= 3

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1 \t/' | expand -t 20

.venv/.ready: requirements.lock pyproject.toml tools/setup_env.py
	@$(BOOT) tools/setup_env.py

lab: .venv/.ready ## open JupyterLab on the start notebook (to pass options: make lab ARGS="--no-browser --port 9000")
	@$(PY) -m jupyterlab $(ROOT_USER) --ServerApp.root_dir="$(CURDIR)" --LabApp.default_url=/lab/tree/$(START) \
	  --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate $(ARGS)

# `make present 04`: the number is a goal, too, that does nothing.
ifeq ($(firstword $(MAKECMDGOALS)),present)
NN ?= $(word 2,$(MAKECMDGOALS))
ifneq ($(NN),)
.PHONY: $(NN)
$(NN):
	@:
endif
endif

present: .venv/.ready ## open a lesson's ten minutes on the stage: make present 04 (ARGS="--no-browser")
	@$(PY) tools/present.py $(NN) $(ROOT_USER) $(ARGS)

show: .venv/.ready ## serve all stages with Voila, for others to click through (ARGS="--no-browser --port=8866")
	@$(PY) tools/present.py --show $(ARGS)

doctor: .venv/.ready ## check that this machine can run the course; says what to do (leave out what takes long: ARGS="--quick")
	@$(PY) -m leaklab doctor $(ARGS)

test: .venv/.ready ## check style and types, then run all unit, notebook and browser tests (one by one: ARGS="-n 0")
	@$(PY) -m ruff check --extend-exclude notebooks .
	@$(PY) -m mypy
	@$(PY) lessons/build.py --check
	@$(PY) tests/attempts.py
	@$(PY) -m pytest leaklab tests build/attempts notebooks/research --doctest-modules --nbval-lax --nbval-current-env \
	  -n logical --maxprocesses 4 $(ARGS)

demo: .venv/.ready ## run all six parts of the demonstration; writes the handout build/demo/index.html
	@$(PY) -m leaklab.demo $(ARGS)

notebooks: .venv/.ready ## build the notebooks from lessons/ (make notebooks ARGS="01 research --force")
	@$(PY) lessons/build.py $(ARGS)

lint: .venv/.ready ## auto-fix style, then check types
	@$(PY) -m ruff check --fix --extend-exclude notebooks .
	@$(PY) -m mypy

lock: ## regenerate requirements.lock from pyproject.toml (needs uv)
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra dev \
	  --custom-compile-command "make lock" --quiet -o requirements.lock pyproject.toml $(ARGS)

clean: ## remove all build products and the environment
	@rm -rf build dist .venv .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
