# What a person types. Everything that is missing on a fresh machine is installed here.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := target/release/blockcast
WEB_SOURCES := $(shell find web/src web/public -type f) web/index.html web/vite.config.ts web/package.json

.PHONY: help run test accept web tools browser screenshot clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

run: web/dist/index.html ## build everything and start the server on ./data
	cargo build --release --locked
	$(BIN) serve --data data

test: tools browser web/dist/index.html ## everything CI runs
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo test --locked
	cd web && npm run -s lint && npm run -s check && npm test
	cd web && npm run -s e2e
	@echo 'make test: all green'

accept: web/dist/index.html ## write what tests compare with anew; read the diff
	BLOCKCAST_ACCEPT=1 cargo test --locked

web: web/dist/index.html ## build the web page

screenshot: browser web/dist/index.html ## take the README's picture
	cargo build --locked
	cd web && PICTURES=1 npm run -s e2e

clean: ## remove what was built; ./data stays
	rm -rf target web/dist web/node_modules

web/dist/index.html: web/node_modules/.installed $(WEB_SOURCES)
	cd web && npm run -s build
	touch $@

web/node_modules/.installed: web/package-lock.json | tools
	cd web && npm ci
	touch $@

tools:
	@for tool in cargo cc node npm; do command -v $$tool > /dev/null \
	  || { echo "missing: $$tool (Rust from rustup, Node.js 20 or later, a C compiler)" >&2; exit 1; }; done

browser:
	@command -v chromium > /dev/null || { \
	  echo 'installing chromium'; \
	  sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$sudo apt-get update -qq && $$sudo apt-get install -y -qq --no-install-recommends chromium > /dev/null; }
