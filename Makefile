# Everything a reader or a CI machine does with this checkout. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# One recipe at a time: the next one stands on what the last one installed.
.NOTPARALLEL:
# Modules are compiled once and not in each of the many processes: what forbids it isn't passed on.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help lab demo test lint bench views-bench reach accuracy fuzz faults schedules stress ops conformance approve screenshot system clean

VENV := .venv
BIN := $(VENV)/bin
FIRST_NOTEBOOK := notebooks/00_the_whole_game.ipynb
WORKERS ?= 2
# How many times the cases of a short run `make fuzz` has.
FUZZ_SCALE ?= 1

# The first Python that is new enough; PYTHON=... chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# A stamp names the pyproject.toml it was made from, so an unchanged one costs nothing and a changed one installs anew.
KEY := $(shell cksum < pyproject.toml | tr -d ' ')
READER := $(VENV)/stamp-reader-$(KEY)
DEVELOPER := $(VENV)/stamp-developer-$(KEY)
# The hosts that `make reach` looks at.
HOSTS := .venv-reach
REACH := $(HOSTS)/stamp-$(KEY)

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

lab: system $(if $(wildcard $(DEVELOPER)),,$(READER)) ## set everything up and open the first walkthrough in JupyterLab
	@browser=""; if [ "$$(uname)" != Darwin ] && [ -z "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]; then \
		browser=--no-browser; \
		echo "There is no display here: open the address with the token that follows in a browser."; fi; \
	root=""; if [ "$$(id -u)" = 0 ]; then root=--allow-root; fi; \
	export XDG_RUNTIME_DIR="$${XDG_RUNTIME_DIR:-/tmp}" PATH="$(CURDIR)/$(BIN):$$PATH"; \
	export JUPYTER_CONFIG_PATH="$(CURDIR)/binder$${JUPYTER_CONFIG_PATH:+:$$JUPYTER_CONFIG_PATH}"; \
	exec $(BIN)/jupyter lab $$browser $$root --LabApp.default_url=/lab/tree/$(FIRST_NOTEBOOK) $(LAB_FLAGS)

demo: system $(if $(wildcard $(DEVELOPER)),,$(READER)) ## run the first walkthrough without a browser and print its results
	@export XDG_RUNTIME_DIR="$${XDG_RUNTIME_DIR:-/tmp}" PATH="$(CURDIR)/$(BIN):$$PATH"; \
	sockets=$$(mktemp -d); trap 'rm -rf "$$sockets"' EXIT; \
	$(BIN)/jupyter nbconvert --execute --to markdown --stdout --log-level=ERROR \
		--KernelManager.transport=ipc --KernelManager.ip="$$sockets/kernel" \
		--NbConvertBase.display_data_priority="['text/plain']" $(FIRST_NOTEBOOK) | cat -s

test: system $(DEVELOPER) lint ## set everything up, check the style, run every test and every notebook
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder \
		--nbval --nbval-current-env --nbval-sanitize-with tests/nbval.cfg $(PYTEST_FLAGS)

lint: $(DEVELOPER) ## ruff check, ruff format --check, basedpyright
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/basedpyright --pythonpath $(BIN)/python

bench: $(DEVELOPER) ## print the table of whole calls against XLA and upstream IREE, measured now: BENCH_FLAGS="all --jax=DIR"
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tests/benchmarks/bench.py $(BENCH_FLAGS)

views-bench: system $(DEVELOPER) ## print how quick the workbench is for real programs: VIEWS_FLAGS="--inputs loop,long --pages DIR"
	@PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH="$(CURDIR)" $(BIN)/python tests/benchmarks/views_bench.py $(VIEWS_FLAGS)

reach: system $(REACH) ## look at the workbench in Notebook 7, Voila and marimo, in an environment of their own
	@PATH="$(CURDIR)/$(BIN):$$PATH" HOSTS_PYTHON="$(CURDIR)/$(HOSTS)/bin/python" \
		$(BIN)/python -m pytest tests/reach/hosts.py $(REACH_FLAGS)

accuracy: $(DEVELOPER) ## measure how exact the functions are, at all f32, and write the table
	@PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH="$(CURDIR)" nice $(BIN)/python tests/benchmarks/accuracy.py \
		$(ACCURACY_FLAGS)

fuzz: $(DEVELOPER) ## spoil modules, shaders, HAL calls, tools' files, texts and graphs until one is mistreated: FUZZ_SCALE=10 for the long run
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tests/fuzz/fuzz_modules.py --cases $$((20000 * $(FUZZ_SCALE))) $(FUZZ_FLAGS)
	@for kind in "shaders 5000" "programs 500" "hal 500" "tools 1000"; do set -- $$kind; \
		PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH="$(CURDIR)" $(BIN)/python tests/fuzz/fuzz_machine.py $$1 \
			--cases $$(($$2 * $(FUZZ_SCALE))) $(FUZZ_FLAGS) || exit 1; done
	@PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH="$(CURDIR)" $(BIN)/python tests/fuzz/fuzz_texts.py \
		--cases $$((5000 * $(FUZZ_SCALE))) --only texts $(TEXT_FLAGS)
	@PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH="$(CURDIR)" $(BIN)/python tests/fuzz/fuzz_texts.py \
		--cases $$((2000 * $(FUZZ_SCALE))) --only graphs $(TEXT_FLAGS)
	@PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH="$(CURDIR)" $(BIN)/python tests/fuzz/fuzz_texts.py \
		--cases $$((1000 * $(FUZZ_SCALE))) --nodes $(TEXT_FLAGS)

faults: system $(DEVELOPER) ## inject a fault at each line of the queues' core, and at each call into the HAL, one at a time
	@PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH="$(CURDIR)" $(BIN)/python tests/queues/faults.py $(FAULTS_FLAGS)

schedules: $(DEVELOPER) ## explore the schedules of small programs on semaphores, and count them: SCHEDULES_FLAGS="--programs 20"
	@PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH="$(CURDIR)" $(BIN)/python tests/queues/schedules.py $(SCHEDULES_FLAGS)

stress: system $(DEVELOPER) ## 50,000 invocations by eight threads on each device: STRESS_FLAGS="--device webgpu"
	@PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH="$(CURDIR)" $(BIN)/python tests/queues/stress.py $(STRESS_FLAGS)

conformance: system $(DEVELOPER) ## run JAX's programs, and upstream's and StableHLO's own tests, on every target: UPSTREAM=DIR STABLEHLO=DIR
	@PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH="$(CURDIR)" $(BIN)/python tests/conformance/conformance.py \
		--upstream="$(UPSTREAM)" --stablehlo="$(STABLEHLO)" $(CONFORMANCE_FLAGS)
	@PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH="$(CURDIR)" $(BIN)/python tests/e2e/jax_programs/corpus.py $(JAX_FLAGS)

ops: $(DEVELOPER) ## write the list of supported ops into the README
	@$(BIN)/python -m ireelite.tools.op_list README.md

approve: system $(DEVELOPER) ## take the approved pictures of the views anew, which the tests compare with: look at them
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -q tests/browser/test_approved_pictures.py --approve
	@git status --short tests/browser/approved

screenshot: system $(DEVELOPER) ## take the README's pictures of the workbench
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tests/browser/screenshot.py

$(READER):
	@$(MAKE) --no-print-directory $(BIN)/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[notebook]'
	$(BIN)/python -m compileall -q ireelite workbench
	@rm -f $(VENV)/stamp-*; touch $@

$(DEVELOPER):
	@$(MAKE) --no-print-directory $(BIN)/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[all]'
	$(BIN)/python -m compileall -q ireelite workbench
	@rm -f $(VENV)/stamp-*; touch $@

$(REACH): | $(DEVELOPER)
	@rm -rf $(HOSTS); $(BIN)/python -m venv $(HOSTS)
	$(HOSTS)/bin/pip install --quiet --disable-pip-version-check -e '.[notebook]' 'notebook>=7' voila marimo
	@touch $@

$(BIN)/pip:
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or newer is needed; none was found." >&2; exit 1; fi
	@rm -rf $(VENV); $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && apt-get install -qq -y python3-venv && $(PYTHON) -m venv $(VENV); \
		else echo "Python's venv module is needed: install python3-venv." >&2; exit 1; fi; }

# What is missing is found by its use, not by its package, so that other systems than Debian are not troubled.
system: ## install the system packages that are missing, or name them
	@missing=""; \
	command -v dot >/dev/null || missing="$$missing graphviz"; \
	command -v c++ >/dev/null || command -v g++ >/dev/null || command -v clang++ >/dev/null || missing="$$missing g++"; \
	if [ "$$(uname)" = Linux ]; then \
		ldconfig=$$(PATH="$$PATH:/sbin:/usr/sbin" command -v ldconfig || echo false); \
		libraries=$$($$ldconfig -p 2>/dev/null || true); \
		[[ "$$libraries" == *libvulkan.so.1* ]] || missing="$$missing libvulkan1"; \
		compgen -G '/usr/share/vulkan/icd.d/*' >/dev/null || compgen -G '/etc/vulkan/icd.d/*' >/dev/null \
			|| missing="$$missing mesa-vulkan-drivers"; \
		found=""; for name in chromium chromium-browser google-chrome google-chrome-stable; do \
			if command -v $$name >/dev/null; then found=1; fi; done; \
		[ -n "$$found" ] || missing="$$missing chromium"; \
		command -v firefox-esr >/dev/null || command -v firefox >/dev/null || missing="$$missing firefox-esr"; \
	fi; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing system packages:$$missing"; \
		export DEBIAN_FRONTEND=noninteractive; apt-get update -qq || true; \
		for package in $$missing; do \
			apt-get install -qq -y --no-install-recommends $$package >/dev/null \
				|| echo "NOTE: the system package $$package could not be installed; what needs it will say so." >&2; \
		done; \
	else \
		echo "NOTE: system packages are missing; install them for the whole experience:$$missing" >&2; \
	fi

clean: ## remove the environment and everything that was built
	rm -rf $(VENV) $(HOSTS) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
