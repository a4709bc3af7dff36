# Krug. On a machine with python3 (3.11 or newer), make and git: `make run`, `make test`. Everything else comes
# by itself: the virtual environment into .venv, the servers' data into var.

PORT ?= 8000
PY := .venv/bin/python
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))
# What is installed is known by what was asked for, not by file times: a checkout changes those.
sum = $(shell cat $(1) | cksum | cut -d ' ' -f 1)
INSTALLED := .venv/.installed-$(call sum,requirements.txt)
INSTALLED_DEV := .venv/.installed-dev-$(call sum,requirements.txt requirements-dev.txt)
# Settings as in production, for `check --deploy`.
PRODUCTION := DEBUG=0 PUBLIC_URL=https://crm.example.org ALLOWED_HOSTS=crm.example.org BEHIND_PROXY=1 \
	SECRET_KEY=only-for-the-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ

.PHONY: run test check lint bench soak clean tools

run: $(INSTALLED) $(CATALOGUES)
	@exec $(PY) manage.py up --demo --port $(PORT)

test: export VAR_DIR := var/test
test: tools lint
	@.ci/with-servers $(PY) -m pytest --numprocesses 2 --dist loadgroup --no-loadscope-reorder $(ARGS)

lint: export VAR_DIR := var/test
lint: $(INSTALLED_DEV) $(CATALOGUES)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check --quiet . || { echo 'Format it: $(PY) -m ruff format .'; exit 1; }
	@.ci/with-servers $(PY) manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING

# Types and templates are advice for now: the findings are shown, and do not fail the check.
check: lint
	-@$(PY) -m mypy segments channels campaigns tracking crmsite
	-@$(PY) -m djlint --quiet --lint segments channels campaigns tracking crmsite

bench soak: export VAR_DIR := var/test
bench soak: tools $(INSTALLED_DEV) $(CATALOGUES)
	@.ci/with-servers $(PY) -m pytest -m $@ -s $(ARGS)

# The base in var stays: it may be the only copy of somebody's work.
clean:
	-@test ! -x $(PY) || $(PY) manage.py embedded stop
	-@test ! -x $(PY) || VAR_DIR=var/test $(PY) manage.py embedded stop
	rm -rf .venv var/test .pytest_cache .mypy_cache .ruff_cache $(CATALOGUES)

tools:
	@.ci/need 'chromium|chromium-browser|google-chrome' chromium fonts-liberation
	@.ci/need msgfmt gettext
	@.ci/peer smtp-sink postfix
	@.ci/peer dovecot dovecot-imapd
	@.ci/peer /usr/share/doc/libnet-smpp-perl/examples/smsc.pl libnet-smpp-perl
	@.ci/peer bearerbox kannel kannel-extras
	@.ci/peer pgbouncer pgbouncer
	@.ci/library libpangoft2-1.0.so.0 libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
	@.ci/library libcairo.so.2 libcairo2
	@.ci/node-peer var/peers smpp 0.5.1

$(INSTALLED):
	@.ci/venv -r requirements.txt
	@touch $@

$(INSTALLED_DEV): $(INSTALLED)
	@.ci/venv -r requirements-dev.txt
	@touch $@

%.mo: %.po | $(INSTALLED)
	@$(PY) -m babel.messages.frontend --quiet compile --input-file $< --output-file $@
