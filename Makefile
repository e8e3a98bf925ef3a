# Every target is a line that anyone could type; the first one sets up .venv.
PYTHON ?= python3
export NO_MKDOCS_2_WARNING := 1

.PHONY: serve site live test approve mutate bench clean

serve: .venv/ready
	.venv/bin/mkdocs serve

site: .venv/ready
	.venv/bin/python docs/build.py

live: .venv/ready
	.venv/bin/python docs/live.py

test: .venv/ready
	.venv/bin/python -m pytest

approve: .venv/ready
	PYTHONPATH=docs .venv/bin/python tests/approved.py

mutate: .venv/ready
	PYTHONPATH=docs .venv/bin/python tests/mutate.py $(ONLY)

bench: .venv/ready
	.venv/bin/python tests/bench/gpt.py --torch "$(TORCH)"
	.venv/bin/python tests/bench/builds.py

clean:
	rm -rf .venv .cache site docs/npm/node_modules

.venv/ready: pyproject.toml constraints.txt docs/npm/package-lock.json
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --constraint constraints.txt --upgrade pip
	.venv/bin/python -m pip install --quiet --constraint constraints.txt --editable . --group site --group test
	.venv/bin/npm ci --prefix docs/npm --silent --no-audit --no-fund
	touch $@
