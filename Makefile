# Every target sets up what it needs; `make demo` and `make test` each work alone on a machine with Python and make.
PYTHON ?= python3
BIN := .venv/bin
FLEET ?= aquaculture
COMPOSE := docker compose -f configs/deploy/compose.yaml
INSTALLED := .venv/.installed

.PHONY: help install demo test lint format check train status ui up down bench clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v < (3, 13) or sys.exit("Python 3.11 or 3.12 is needed, this is %d.%d; say make PYTHON=python3.11" % v)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

install: $(INSTALLED)  ## virtual environment with the pinned packages

demo: $(INSTALLED)  ## simulate, backfill, train, score, report drift, and leave the Dagster UI running
	$(BIN)/anomaly-assets demo

test: $(INSTALLED)  ## every claim, on every service and recording that is there
	$(BIN)/pytest -n 2 --dist loadfile

lint: $(INSTALLED)  ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED)  ## let ruff mend what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: $(INSTALLED)  ## validate every fleet file
	$(BIN)/anomaly-assets check

train: $(INSTALLED)  ## train, calibrate and choose the champion of FLEET
	$(BIN)/anomaly-assets train $(FLEET)

status: $(INSTALLED)  ## days, champion, alarms and drift of every fleet
	$(BIN)/anomaly-assets status

ui: $(INSTALLED)  ## the Dagster UI on 127.0.0.1:3000
	$(BIN)/anomaly-assets ui

up:  ## the platform in containers; configs/deploy/.env comes first
	@test -f configs/deploy/.env || { echo "cp configs/deploy/.env.example configs/deploy/.env, and fill in the secrets"; exit 2; }
	$(COMPOSE) up -d --build

down:  ## end the containers; their volumes stay
	$(COMPOSE) --profile mqtt down

bench: $(INSTALLED)  ## what the README's figures were printed by
	$(BIN)/python benchmarks/features.py
	$(BIN)/python benchmarks/detectors.py --reference
	$(BIN)/python benchmarks/waveforms.py
	$(BIN)/python benchmarks/score_batch.py --quick
	$(BIN)/python benchmarks/warehouse_faults.py
	$(BIN)/python benchmarks/events.py
	$(BIN)/python benchmarks/serving.py
	$(BIN)/python benchmarks/mqtt.py
	$(BIN)/python benchmarks/year.py

clean:  ## forget the environment and everything that ran
	rm -rf .venv data build *.egg-info
