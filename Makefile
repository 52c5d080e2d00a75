# Every task of the project. `make` alone lists them; what a task needs is installed by scripts/bootstrap.sh.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PARTS := node scripts/run-parts.mjs

.PHONY: help run demo build test test-rust test-web test-e2e guard check ci fix bench defects torture clean

help: ## List these tasks
	@sed -nE 's/^([a-z0-9-]+):[^#]*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

run: build ## Build, then serve on http://127.0.0.1:8433 with data in ./data
	@exec target/release/tideboard

demo: build ## The same, with a made-up shop whose orders flow in
	@exec target/release/tideboard demo

build: ## Build the web app and the release binary target/release/tideboard
	@scripts/bootstrap.sh build
	@scripts/build.sh release

test: ## Everything a change must pass; the parts are check, test-rust, guard, test-web, test-e2e, and a short torture run
	@scripts/bootstrap.sh test
	@$(PARTS) check rust guard web e2e torture

check: ## Borders between rooms, documents and file lengths (seconds)
	@$(PARTS) check

test-rust: ## Format, lints and tests of the crates
	@scripts/bootstrap.sh servers
	@$(PARTS) rust

guard: ## Count the instructions of what the server does all the time, and compare with the record (docs/benchmarks.md)
	@scripts/bootstrap.sh test
	@$(PARTS) guard

test-web: ## Types, lints and tests of the web packages
	@scripts/bootstrap.sh build
	@$(PARTS) web

test-e2e: ## Browser journeys on the real binary
	@scripts/bootstrap.sh test
	@$(PARTS) e2e

ci: test ## What continuous integration runs: make test; the last line is the sum

fix: ## Format, apply safe lint fixes, regenerate the wire types and the worlds on tape
	@scripts/bootstrap.sh build
	cargo fmt --all
	scripts/wire-types.sh
	TIDEBOARD_WRITE_WORLDS=1 cargo test --quiet -p tideboard-testkit --test worlds
	npx biome check --write .

bench: build ## Side-by-side benchmarks
	@scripts/bootstrap.sh bench
	@scripts/bench.sh

defects: ## Seed known defects one by one, and see each caught by the tests (minutes)
	@scripts/bootstrap.sh test
	@node scripts/defects.mjs

torture: ## Torment the real binary and check that nothing is lost or doubled: NODES=3 SEED=… MINUTES=… (docs/torture.md)
	@scripts/bootstrap.sh test
	@scripts/torture.sh --nodes $(or $(NODES),1) $(if $(SEED),--seed $(SEED)) --seconds $$(( $(or $(MINUTES),1) * 60 ))

clean: ## Remove what was built (keeps ./data and downloaded packages)
	cargo clean
	rm -rf target web/*/dist web/e2e/test-results web/e2e/playwright-report bench/results
