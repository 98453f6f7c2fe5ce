# make help lists everything. Each target is one line of help and one command.
.DEFAULT_GOAL := help
PORTAL := .venv-portal/bin/python
BOT := .venv-bot/bin/python

.PHONY: help run setup setup-dev train understand municipality check-catalog record evaluate compare test lint types test-web test-bot test-browser bench demo-data lock texts lix weights lighthouse
.PHONY: help run setup setup-dev train understand municipality check-catalog evaluate compare test lint types test-web test-bot test-browser bench demo-data export-corrections lock texts lix weights lighthouse

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

run: setup ## Set everything up and start portal and assistant (PORT=8000)
	@exec $(PORTAL) -m tools.run

setup: ## Make both environments, the look and the translations
	@python3 tools/setup.py

setup-dev: ## The same, with what tests and checks need
	@python3 tools/setup.py --dev

train: setup ## Train the assistant when its data has changed
	@$(PORTAL) -m tools.train

understand: ## Needs, danger, services of texts: make understand FILE=texts.jsonl
	@python3 tools/setup.py 1>&2
	@$(PORTAL) -m tools.train 1>&2
	@$(PORTAL) -m tools.understand "$(FILE)"

evaluate: setup-dev train ## How well it understands unseen writers: docs/evaluation.md (DATA=texts.jsonl: only that file)
	@PYTHONPATH=. $(BOT) -W ignore -m bot.evaluation $(DATA)

compare: setup-dev ## The ways of finding needs on one split: docs/components.md (some minutes)
	@PYTHONPATH=. $(BOT) -W ignore -m bot.evaluation.compare

test: setup-dev ## Everything: lint, types, unit, bot, browser
	@$(PORTAL) -m tools.test

lint: setup-dev ## Style
	@$(PORTAL) -m ruff check .

types: setup-dev ## Types
	@$(PORTAL) -m mypy

test-web: setup-dev ## Portal, catalog and house rules
	@$(PORTAL) -m pytest tests/web tests/services_catalog tests/rules tests/tools

test-bot: setup-dev train ## Assistant
	@$(BOT) -m pytest -W ignore tests/bot

test-browser: setup-dev train ## The journeys in a real browser
	@$(PORTAL) -m pytest tests/browser

bench: setup-dev train ## Turns per second and times: portal, bare assistant, pages of the front desk
	@$(PORTAL) -m tools.bench

texts: setup-dev ## Bring the .po files in line with the code, sorted
	@$(PORTAL) -m tools.texts

lix: setup-dev ## How heavy the words of each page are
	@$(PORTAL) -m tools.lix

weights: setup-dev train ## How heavy the pages are over the wire: docs/performance.md
	@$(PORTAL) -m tools.weights

lighthouse: setup-dev train ## Lighthouse on the main pages (some minutes; needs Node)
	@$(PORTAL) -m tools.lighthouse

demo-data: setup ## A generated year of made-up cases in var/demo: make demo-data N=100000
	@$(PORTAL) -m tools.demo_data $(or $(N),1000)

export-corrections: setup ## Approved texts from /staff/laering as training data (OUT=var/corrections)
	@$(PORTAL) -m tools.export_corrections "$(OUT)"

lock: setup-dev ## Renew the lock files in requirements/
	@$(PORTAL) -m tools.lock

municipality: setup ## A municipality of your own, by questions: make municipality NAME=lillevik
	@$(PORTAL) -m tools.new_municipality "$(NAME)"

check-catalog: setup ## What is wrong, missing or stale in the catalog
	@$(PORTAL) -m tools.check_catalog

record: setup-dev ## The record of processing for municipalities, from services_catalog/retention.yml
	@$(PORTAL) -m tools.record
