# What a person types. What is missing on a fresh machine is installed here, except the compilers.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PAGE := web/dist/index.html
PAGE_SOURCES := $(shell find web/src web/build web/public -type f) \
  $(addprefix web/,compress.mjs index.html package.json svelte.config.js tsconfig.json vite.config.ts)
# Root needs no sudo, and a container may have none.
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
APT_INSTALL := $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends

.PHONY: help run test test-long bench bench-service bench-delivery bench-web fuzz-blocks fuzz fuzz-api accept \
  web screenshot screenshots clean \
  compilers linters wasm sdk fuzzers browser fonts

help: ## show this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

run: $(PAGE) ## build everything and start the server on ./data; it prints how to get in
	cargo build --release --locked
	target/release/blockcast serve --data data

test: linters wasm sdk browser target/api/.installed $(PAGE) ## everything CI runs: Rust, the page, and the page in Chromium
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo check --locked --no-default-features
	cargo test --locked
	cd web && npm run -s lint && npm run -s check && npm run -s test
	cargo build --locked
	target/api/bin/python tests/api/fuzz.py target/debug/blockcast 300
	cd web && npm run -s e2e
	@echo 'make test: everything passed'

test-long: $(PAGE) ## a broadcast to 200,000 devices with faults, killed again and again
	BLOCKCAST_LONG=1 cargo test --release --locked --test cases -- ledger/ --nocapture

bench-delivery: ## how fast a broadcast reaches its devices, and what the engine costs
	cargo bench --locked --bench delivery

bench: bench-service ## time the server, and the workloads in benches/ beside V8, QuickJS and Lua
	cargo build --release --locked --manifest-path benches/peers/Cargo.toml
	node benches/peers.mjs

bench-service: benches/realtime/node_modules/.installed $(PAGE) ## time the server alone: messages, subscribers beside socket.io, devices
	cargo build --release --locked
	cargo build --release --locked --manifest-path benches/load/Cargo.toml
	node benches/service.mjs

fuzz-blocks: $(PAGE) ## compare random programs and odd values with Blockly, until something differs
	@for ((seed = $$(date +%s); ; seed++)); do echo "seed $$seed"; \
	  BLOCKCAST_SEED=$$seed BLOCKCAST_PROGRAMS=5000 cargo test --locked --test cases -- blockly/; \
	done

fuzz: fuzzers ## fuzz the parser, the checker, the runtime and HTTP/2, FUZZ_SECONDS (600) each
	@mkdir -p fuzz/corpus/workspace
	@for flow in tests/{flows,bad}/*/flow.json; do \
	  cp $$flow fuzz/corpus/workspace/$$(basename $$(dirname $$flow)).json; done
	for target in workspace check run http2; do \
	  cargo fuzz run -s none $$target -- -max_total_time=$${FUZZ_SECONDS:-600} \
	    -rss_limit_mb=2048 -timeout=20; \
	done

fuzz-api: target/api/.installed ## fuzz the API by its own document, API_REQUESTS (10000) at least
	cargo build --locked
	target/api/bin/python tests/api/fuzz.py target/debug/blockcast $${API_REQUESTS:-10000} $(API_SEED)

accept: wasm sdk $(PAGE) ## write anew what the tests compare with; read the diff before you commit it
	BLOCKCAST_ACCEPT=1 cargo test --locked

web: $(PAGE) ## build the page, which the binary embeds

screenshot: browser fonts $(PAGE) ## take the README's picture of the phones
	cargo build --locked
	cd web && npm run -s screenshot

screenshots: browser fonts $(PAGE) ## take pictures of every page, light and dark, into target/screenshots
	cargo build --locked
	cd web && npm run -s screenshots

bench-web: browser $(PAGE) ## measure the page in Chromium: first load, a long flow, typing
	cargo build --release --locked
	cd web && BLOCKCAST_BIN=$(CURDIR)/target/release/blockcast npm run -s bench

clean: ## remove what was built; ./data stays
	rm -rf target benches/{peers,load}/target benches/realtime/node_modules fuzz/target \
	  web/dist web/node_modules tests/sdk/node_modules

# A binary that was built before there was a page doesn't know that there is one now.
$(PAGE): web/node_modules/.installed $(PAGE_SOURCES)
	cd web && npm run -s build
	touch $@
	touch -c src/server/assets.rs

web/node_modules/.installed: web/package.json web/package-lock.json | compilers
	cd web && npm ci --no-fund --no-audit
	touch $@

compilers:
	@for tool in cargo cc node npm; do command -v $$tool > /dev/null || { \
	  echo "make: \`$$tool\` is missing; install Rust (rustup.rs), a C compiler and Node.js 20 or later" >&2; \
	  exit 1; }; done
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { \
	  echo "make: Node.js $$(node --version) is too old; install 20 or later" >&2; exit 1; }

linters: | compilers
	@{ cargo fmt --version && cargo clippy --version; } > /dev/null 2>&1 \
	  || rustup component add rustfmt clippy

# The tests build block libraries.
wasm: | compilers
	@[ -d "$$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ] \
	  || rustup target add wasm32-unknown-unknown

# The tests drive the server with the messaging API's official SDK.
sdk: tests/sdk/node_modules/.installed

tests/sdk/node_modules/.installed: tests/sdk/package.json tests/sdk/package-lock.json | compilers
	cd tests/sdk && npm ci --no-fund --no-audit
	touch $@

# The service benchmark has socket.io's own server beside ours.
benches/realtime/node_modules/.installed: benches/realtime/package.json benches/realtime/package-lock.json | compilers
	cd benches/realtime && npm ci --no-fund --no-audit
	touch $@

fuzzers: | compilers
	@cargo fuzz --version > /dev/null 2>&1 || cargo install --locked cargo-fuzz

# Debian has Python's venv in a package of its own.
target/api/.installed: tests/api/requirements.txt | compilers
	@python3 -c 'import ensurepip' 2> /dev/null || { \
	  echo 'make: installing Python for the API tester'; \
	  $(SUDO) apt-get update -qq; $(APT_INSTALL) python3 python3-venv > /dev/null; }
	python3 -m venv target/api
	target/api/bin/pip install -q --disable-pip-version-check -r $<
	touch $@

browser:
	@[ -n "$${CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome > /dev/null || { \
	  echo 'make: installing Chromium for the browser test'; \
	  $(SUDO) apt-get update -qq; $(APT_INSTALL) chromium > /dev/null; }

fonts:
	@fc-list 2> /dev/null | grep Inter > /dev/null || { \
	  echo 'make: installing the font of the picture'; \
	  $(SUDO) apt-get update -qq; $(APT_INSTALL) fontconfig fonts-inter > /dev/null; }
