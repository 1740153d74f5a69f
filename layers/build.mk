# `sam build` calls build-<LogicalId> with ARTIFACTS_DIR set; the template's ContextPath has
# chosen the architecture. Paths come from this file's own place, for SAM may run make elsewhere.
ROOT := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))..)
PYTHON := $(firstword $(wildcard $(ROOT)/.venv/bin/python) python3)

build-CoreLayer build-RuntimeLayer build-WebLayer build-ModelsLayer: build-%Layer:
	@cd "$(ROOT)" && "$(PYTHON)" -m layers.build_layer $* $(ARCHITECTURE) "$(ARTIFACTS_DIR)"
