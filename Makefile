# make run, make test: all that a fresh machine needs is Python 3.11 or newer with venv.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

.PHONY: run test test-services fuzz check bench bench-apps screenshots translations requirements clean

run: .venv/run.stamp
	@$(BIN)/python manage.py run_embedded --port $(PORT)

test: .venv/dev.stamp
	$(BIN)/pytest -n 4 --dist worksteal -m "not services and not browser"

# Needs PostgreSQL, Redis and Chromium; .ci/services starts what is missing. What is for the embedded
# default alone, or has no business with the database, make test has run.
test-services: export DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/postgres
test-services: export TEST_REDIS_URL ?= redis://127.0.0.1:6379/9
test-services: .venv/dev.stamp
	$(BIN)/pytest -n 4 --dist worksteal -k "not embedded" -m "database or services or browser"

# Random requests by the OpenAPI document for a long time: EXAMPLES an operation, SEED or a new one.
fuzz: export DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/postgres
fuzz: export TEST_REDIS_URL ?= redis://127.0.0.1:6379/9
fuzz: .venv/dev.stamp
	FUZZ_EXAMPLES=$(or $(EXAMPLES),2000) FUZZ_SEED=$(or $(SEED),random) $(BIN)/pytest -n 2 tests/fuzz

check: .venv/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy . .ci/audit.py
	$(BIN)/lint-imports
	$(BIN)/python manage.py check
	env -u VAR_DIR DATABASE_URL=postgres://check@127.0.0.1/check ALLOWED_HOSTS=certkeep.example.org \
		SECRET_KEY=only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz PUBLIC_API=closed \
		EMAIL_URL=smtp://mail.example.org DEFAULT_FROM_EMAIL=certkeep@example.org \
		BEHIND_TLS_PROXY=true $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null
	.ci/openapi/check
	$(BIN)/hadolint docker/Dockerfile
	SECRET_KEY=check POSTGRES_PASSWORD=check REDIS_PASSWORD=check PUBLIC_API=closed \
		$(BIN)/docker-compose --file docker/compose.yaml --profile metrics config --quiet
	.ci/secrets
	$(BIN)/python .ci/audit.py requirements.txt

# SIZE: one number of certifications in place of 10,000, 100,000 and 1,000,000. It needs wrk.
bench: .venv/bench.stamp
	$(BIN)/python -m benchmarks.compare $(SIZE)
	$(BIN)/python -m benchmarks.planning
	$(BIN)/python -m benchmarks.sending
	$(BIN)/python -m benchmarks.answering
	$(BIN)/python -m benchmarks.explain $(or $(SIZE),1000000)

# What the rest of Certkeep costs: searches, webhooks, whole checks, the desk, imports.
bench-apps: .venv/bench.stamp
	$(BIN)/python -m benchmarks.certificates
	$(BIN)/python -m benchmarks.webhooks
	$(BIN)/python -m benchmarks.check $(SIZE)
	$(BIN)/python -m benchmarks.desk
	$(BIN)/python -m benchmarks.transfer

# The pictures of the README.
screenshots: .venv/dev.stamp
	$(BIN)/python -m tests.e2e.screenshots

# Compiles cron/locale/nb/LC_MESSAGES/django.po and its kind after a change.
translations: .venv/dev.stamp
	$(BIN)/pybabel compile -D django -d config/locale
	$(BIN)/pybabel compile -D django -d certifications/locale
	$(BIN)/pybabel compile -D django -d cron/locale
	$(BIN)/pybabel compile -D django -d certificates/locale
	$(BIN)/pybabel compile -D django -d certificates/webhooks/locale
	$(BIN)/pybabel compile -D django -d badges/locale

# Pins with hashes what requirements.in and requirements-dev.in name.
requirements: .venv/dev.stamp
	$(BIN)/uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-header --upgrade requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-header --upgrade requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-header --upgrade requirements-bench.in -o requirements-bench.txt

clean:
	rm -rf .venv var .ci/openapi/node_modules

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Certkeep needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -m venv .venv || $(MAKE) --no-print-directory venv-without-ensurepip

# Debian's bare python3 has no ensurepip; a pip of the system can fill the environment instead.
.PHONY: venv-without-ensurepip
venv-without-ensurepip:
	@rm -rf .venv
	@$(PYTHON) -m venv --without-pip .venv && $(PYTHON) -m pip --python .venv/bin/python install -q pip || { \
		rm -rf .venv; \
		echo "This Python can't make environments. On Debian: apt-get install python3-venv"; \
		exit 1; }

.venv/run.stamp: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements.txt requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/run.stamp

.venv/bench.stamp: requirements-bench.txt | .venv/dev.stamp
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $@
