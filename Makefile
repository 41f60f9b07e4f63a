# The commands of the README. `make demo` and `make test` do everything on a fresh clone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_DB := out/demo.duckdb

.PHONY: setup models demo test check bench samples sbom clean

setup: $(VENV)/.installed

# torch comes first and by name, so that pip takes the CPU build where one is at hand. The rest is
# pinned in requirements.lock and checked by hash, without triton: openai-whisper asks for it and uses it on
# GPUs only.
$(VENV)/.installed: requirements.lock requirements-torch.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("tasleek needs Python 3.11 or newer; set PYTHON=") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --no-deps -r requirements-torch.lock
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

models: setup
	$(BIN)/tasleek models fetch

demo: models
	mkdir -p out
	$(BIN)/tasleek audit data/samples/recordings --manifest data/samples/manifest.csv --db $(DEMO_DB) --offline
	$(BIN)/tasleek calls --db $(DEMO_DB)
	@echo
	@echo "The database is $(DEMO_DB). Try next:"
	@echo "  $(BIN)/tasleek show CALL --db $(DEMO_DB)        the conversation of a call, its flags and why"
	@echo "  $(BIN)/tasleek calls --brush-off --db $(DEMO_DB)  only the calls that were brushed off"
	@echo "  $(BIN)/tasleek query 'SELECT vendor, avg(brush_off_score) FROM calls GROUP BY ALL' --db $(DEMO_DB)"
	@echo "  $(BIN)/tasleek audit YOUR_RECORDINGS --db calls.duckdb"

# The tests also run the recognizers that are not the default.
test: models
	$(BIN)/tasleek models fetch whisper-base-openai whisper-base-hf
	$(BIN)/python -m pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Times whole pipelines side by side and writes docs/performance.md; ARGS are options of benchmarks.speed.
bench: models
	$(BIN)/tasleek models fetch whisper-base-openai
	$(BIN)/python -m benchmarks.speed $(ARGS)

# Speaks and mixes the sample calls again; needs the voices (scripts/install-voices.sh).
samples: setup
	$(BIN)/python -m audit.synthesis data/samples

# The bill of materials (CycloneDX), and the page of licences.
sbom: setup
	mkdir -p out
	$(BIN)/python scripts/supply_chain.py licences
	$(BIN)/python scripts/supply_chain.py sbom out/sbom.cdx.json

clean:
	rm -rf $(VENV) out
