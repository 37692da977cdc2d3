# Each target does its own set-up; `make help` lists them. Where something
# cannot be set up, one line says what is missing.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# The tag builds end-to-bridge encryption in pure Go instead of with libolm.
GO_TAGS := -tags goolm

.PHONY: help
help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z0-9-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: need-demo ## a homeserver, a Slack emulator and the bridge to play with (ONCE=1: one message each way, then exit)
	@go build $(GO_TAGS) -o build/demo ./bridge/cmd/demo
	@exec build/demo $(if $(ONCE),-once)

.PHONY: test
test: need-all need-matrix setup-postgres setup-sdk setup-chromium setup-ssh setup-prometheus ## every test; fails on a skipped one and says how many ran
	@go run ./tests/run

.PHONY: test-one
test-one: need-matrix setup-postgres setup-ssh setup-prometheus ## the tests whose name matches T, e.g. make test-one T=TestText/edit [P=./bridge/e2e]
	@test -n "$(T)" || { echo 'usage: make test-one T=TestName [P=./bridge/e2e]' >&2; exit 64; }
	@go run ./tests/run -v -run '$(T)' $(or $(P),./...)

.PHONY: test-sdk
test-sdk: need-matrix setup-sdk setup-chromium ## Slack's own SDKs, and the page in a browser, on the emulator
	@npm --prefix tests/sdk test --silent

.PHONY: stack-test
stack-test: need-go setup-stack setup-prometheus ## the evaluated host under a real systemd, as root (T=TestHost/web: a part; HOLD=1: the machine stays up)
	@tests/nix/check record
	@scripts/as-root.sh env "PATH=$$PATH" "SOPS_NIX=$${SOPS_NIX-}" STACK_HOLD='$(HOLD)' go run ./tests/run $(if $(HOLD),-v) -tags goolm,stack -run '$(or $(T),.)' ./tests/stack

.PHONY: fuzz
fuzz: need-go ## every fuzz target for TIME each (TIME=10m; T=FuzzParse: those whose name matches)
	@scripts/fuzz.sh '$(or $(TIME),10s)' '$(T)'

.PHONY: torture
torture: need-matrix setup-postgres ## break everything while people talk, then compare both sides ([MINUTES=10] [SEED=n] [DB=sqlite|postgres] [MANNERS=continuwuity] [BRIDGE=path])
	@go build $(GO_TAGS) -o build/torture ./bridge/cmd/torture
	@exec build/torture -minutes $(or $(MINUTES),10) -seed $(or $(SEED),0) -db $(or $(DB),sqlite) -manners '$(MANNERS)' -bridge '$(BRIDGE)'

.PHONY: bench
bench: need-go ## the benchmarks
	@go test $(GO_TAGS) -run '^$$' -bench . -benchmem ./...

.PHONY: bench-e2e
bench-e2e: need-matrix setup-postgres ## the bridge between Slack and a homeserver, into docs/benchmarks.md (BRIDGE=commit or program[,…]: compared; QUICK=1: printed; ONLY=part: printed; ABSENCE=10m: memory without a homeserver; SIZE=1: a login in a large workspace; FILES=1: files of 200 MiB, as root)
	@go run $(GO_TAGS) ./bridge/cmd/bench-e2e $(if $(FILES),-files,$(if $(SIZE),-size,$(if $(ABSENCE),-absence '$(ABSENCE)',$(if $(QUICK),-quick) $(if $(ONLY),-only '$(ONLY)') $(if $(QUICK)$(ONLY),,-out docs/benchmarks.md)))) -bridge '$(BRIDGE)'

.PHONY: lint
lint: need-go ## formatting, go vet, staticcheck, shellcheck
	@scripts/setup-shellcheck.sh
	@scripts/lint.sh

.PHONY: nix-check
nix-check: need-go setup-postgres setup-ssh ## the Nix files, as far as they go without nixpkgs (NIXPKGS_LIB=… SOPS_NIX=…: evaluated; NIXOS_MODULES=…: with real modules too; UPDATE=1: recorded anew)
	@scripts/setup-nix.sh
	@tests/nix/check $(if $(UPDATE),--update)

.PHONY: deploy
deploy: ## bring the last commit onto a NixOS host: HOST=root@… [OPTIONS=--dry-run]; deploy/deploy says more
	@test -n "$(HOST)" || { echo 'usage: make deploy HOST=root@your.server [OPTIONS=--dry-run]' >&2; exit 64; }
	@deploy/deploy $(OPTIONS) $(HOST)

.PHONY: docs
docs: need-go ## write docs/features.md, and README's rows, from docs/features.yaml
	@go run ./tests/features/write

.PHONY: fmt
fmt: need-go ## format the Go files
	@go tool gofumpt -w $$(git ls-files '*.go')

.PHONY: synapse-pins
synapse-pins: need-python ## write tests/synapse/requirements.txt anew from requirements.in
	@scripts/synapse-pins.sh

.PHONY: clean
clean: ## remove what make set up in this folder
	@rm -rf .cache build tests/sdk/node_modules

# What the targets above need.
.PHONY: need-all need-go need-python need-demo need-matrix setup-postgres setup-sdk setup-chromium setup-stack setup-ssh setup-prometheus
need-all:
	@scripts/need.sh go gcc node python
need-go:
	@scripts/need.sh go gcc
need-python:
	@scripts/need.sh python
need-demo:
	@scripts/need.sh go gcc
	@scripts/setup-homeserver.sh
need-matrix:
	@scripts/need.sh go gcc python
	@scripts/setup-synapse.sh
setup-postgres:
	@scripts/setup-postgres.sh
setup-ssh:
	@scripts/setup-ssh.sh
setup-prometheus:
	@scripts/setup-prometheus.sh
setup-sdk:
	@scripts/need.sh node python
	@scripts/setup-sdk.sh
	@scripts/setup-slack-python.sh
setup-chromium:
	@scripts/setup-chromium.sh
setup-stack:
	@scripts/setup-stack.sh
