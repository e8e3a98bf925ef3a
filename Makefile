# Every target is a line that anyone could type; the first one sets up .venv.
PYTHON ?= python3
OLDEST ?= python3.12
export NO_MKDOCS_2_WARNING := 1

.PHONY: serve site live test prove check lesson approve mutate bench repeat oldest newest audit clean

# What a contributor needs

serve: .venv/ready
	.venv/bin/mkdocs serve

site: .venv/ready
	.venv/bin/python docs build

live: .venv/ready
	.venv/bin/python docs live

lesson: .venv/ready
	.venv/bin/python docs lesson $(NAME) $(AFTER)

check: .venv/ready
	.venv/bin/python docs check $(ONLY)

approve: .venv/ready
	.venv/bin/python docs approve

test: .venv/ready
	.venv/bin/python -m pytest -n 2 --dist loadgroup

# What CI adds

prove: .venv/ready
	.venv/bin/python -m pytest -n 2 --dist loadgroup tests/proof
	.venv/bin/python tests/proof/mutate.py --sample
	.venv/bin/python tests/proof/repeat.py

mutate: .venv/ready
	.venv/bin/python tests/proof/mutate.py $(ONLY)

bench: .venv/ready
	.venv/bin/python tests/proof/bench/against.py $(AGAINST)
	.venv/bin/python tests/proof/bench/gpt.py --torch "$(TORCH)"
	.venv/bin/python tests/proof/bench/builds.py
	.venv/bin/python docs live
	.venv/bin/python tests/proof/bench/live.py

repeat: .venv/ready
	.venv/bin/python tests/proof/repeat.py

oldest:
	$(OLDEST) -m venv .venv-oldest
	.venv-oldest/bin/python tests/proof/versions.py oldest

newest:
	$(PYTHON) -m venv .venv-newest
	.venv-newest/bin/python tests/proof/versions.py newest

audit: .venv/ready
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/python -m pip install --quiet --upgrade pip
	.venv-audit/bin/python -m pip install --quiet --group audit
	.venv-audit/bin/pip-audit --strict --no-deps --disable-pip --requirement constraints.txt
	.venv/bin/npm audit --prefix docs/theme

clean:
	rm -rf .venv .venv-oldest .venv-newest .venv-audit .cache site docs/theme/node_modules

.venv/ready: pyproject.toml constraints.txt docs/theme/package-lock.json
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --constraint constraints.txt --upgrade pip
	.venv/bin/python -m pip install --quiet --constraint constraints.txt --editable . --group site --group test
	.venv/bin/npm ci --prefix docs/theme --silent --no-audit --no-fund
	touch $@
