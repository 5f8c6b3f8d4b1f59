# Two commands: `make run` and `make test`. Each does all set-up on a fresh machine and asks only for
# Python 3.11+, a C++ compiler and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test test-slow fuzz conversations nets set-up train-tagger train-topics voice clean

# With a terminal: chat. Without one: the tour, for real, in a temporary home.
run: $(READY)
	@if [ -t 0 ] && [ -t 1 ]; then $(BIN)/privacy-assistant chat; else $(BIN)/python -m privacy_assistant.faces.tour; fi

# The nets, then every test where no network exists.
test: $(READY) nets
	@.ci/without-network --if-possible $(BIN)/python -m pytest

test-slow: $(READY)
	@$(BIN)/python -m pytest -m slow

# A minute of texts thrown at the finder, the redaction and the restorer.
fuzz: $(READY)
	@$(BIN)/python -m tests.bench.fuzz_redaction

# Ten thousand random conversations with planted values, held against what a server sees; a quarter of an hour.
conversations: $(READY)
	@$(BIN)/python -m tests.bench.conversations --count 10000

nets: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

set-up: $(READY)

$(READY): requirements.lock pyproject.toml Makefile .ci/set-up
	@PYTHON=$(PYTHON) VENV=$(VENV) sh .ci/set-up
	@touch $(READY)

# Everything the tagger of names is made from, on its own; takes hours on two cores. Needs the word lists of the
# system packages wamerican and wbritish, and the sets of ../shared/data (or PRIVACY_ASSISTANT_TEST_DATA).
train-tagger:
	$(PYTHON) -m venv build/train
	build/train/bin/pip install --quiet --requirement models/pii_ner/requirements.txt
	build/train/bin/python -m models.pii_ner.build_lexicon
	for seed in 1 2 3; do build/train/bin/python -m models.pii_ner.train --seed $$seed --out build/tagger-$$seed.pt || exit 1; done
	build/train/bin/python -m models.pii_ner.export build/tagger-[12].pt --target privacy_assistant/engines/pii_ner/tagger.onnx

clean:
	rm -rf $(VENV)

# The finder of topics, from models/topics: the same weights every time.
train-topics: $(READY)
	$(BIN)/python -m models.topics.train
	$(BIN)/python -m models.topics.evaluate

# The voice of the package, out of espeak-ng's own speech: the same bytes every time, half a minute on one core.
voice:
	$(PYTHON) -m venv build/voice
	build/voice/bin/pip install --quiet --requirement models/piper_voice/requirements.txt
	build/voice/bin/python -m models.piper_voice.build
	build/voice/bin/python -m models.piper_voice.evaluate
