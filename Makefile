# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

SHELL := /bin/bash
PYTHON_RUN := .venv/bin/python
TOPOLOGY ?=
SEED ?= 1
SEEDS ?= 1
MINUTES ?= 10
SCENARIO ?=
KEEP ?=

.DEFAULT_GOAL := help
.PHONY: help setup check test test-full ci-rest demo sim fuzz lint format sanity cores molecule lab-up lab-down docs dist clean

help:  ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## Install what the project needs: Debian packages by apt, Python packages into .venv
	@scripts/setup

check: setup  ## Lint, types, unit tests, a short simulation (under 2 minutes)
	@scripts/run_tests --minutes 5 -- -m tier_check

test: setup  ## The above, ansible's linters and the paper's experiment on real kernels (under 25 minutes)
	@scripts/run_tests --end-leftovers --minutes 25 -- -m "tier_check or tier_test"

test-full: setup  ## Every test, however long
	@scripts/run_tests --end-leftovers -- tests

ci-rest: setup  ## What `.ci/run` runs after `make test`
	@scripts/run_tests --end-leftovers --may-be-empty -- -m tier_ci

demo: setup  ## The paper's failure test in the lab, with its report (under 10 minutes, then 6)
	@$(PYTHON_RUN) scripts/demo.py

sim: setup  ## Replay a simulated run, or sum up many: make sim SEED=7, make sim SEEDS=10000
	@$(PYTHON_RUN) -m tests.sim --seed $(SEED) --count $(SEEDS)

fuzz: setup  ## Rubbish for everything that reads what others wrote: make fuzz MINUTES=10 SEED=2
	@$(PYTHON_RUN) -m tests.fuzz --minutes $(MINUTES) --seed $(SEED)

lint: setup  ## All linters
	@scripts/run_tests --minutes 10 -- tests/repo/test_linters.py

format: setup  ## Let ruff lay out the Python files
	@.venv/bin/ruff check --select I --fix --quiet . && .venv/bin/ruff format .

sanity: setup  ## ansible-test sanity and units, with the ansible-core of .venv
	@scripts/run_tests --minutes 15 -- tests/repo/test_sanity.py

cores: setup  ## The same with every supported ansible-core, on all its Pythons found here
	@scripts/run_tests -- tests/repo/test_cores.py

molecule: setup  ## Scenarios in containers: make molecule [SCENARIO=default [KEEP=1]]
	@scripts/molecule $(if $(SCENARIO),test -s $(SCENARIO) $(if $(KEEP),--destroy=never))

lab-up: setup  ## Start the lab: make lab-up TOPOLOGY=lab/topologies/second.yml
	@lab/lab up $(TOPOLOGY)

lab-down:  ## End the lab
	@lab/lab down

docs: setup  ## Build the documentation site into dist/docs, without the network
	@$(PYTHON_RUN) scripts/build_site.py

dist: setup  ## Build the tarball into dist/
	@.venv/bin/ansible-galaxy collection build --force --output-path dist .

clean:  ## End all labs of this checkout and remove what was made in it, .venv apart
	@if [ -x .venv/bin/python ]; then scripts/run_tests --end-leftovers --only-clean; fi
	@rm -rf .cache .lab dist report tests/output .hypothesis
