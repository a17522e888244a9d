# make help lists what can be made.

# The demo's address.
DEMO_ADDR ?= 127.0.0.1:8080
# RACE=-race looks for data races too; it needs a C compiler.
RACE ?=
# What make bench measures: all, proxy or launch.
BENCH ?= all
# How many launches make chaos disturbs, and how long make soak takes.
N ?= 1000
SOAK ?= 1h
# How long each fuzz test runs.
FUZZTIME ?= 20s
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# Tools, each pinned. They are built into .tools, not installed anywhere.
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOFUMPT       := mvdan.cc/gofumpt@v0.12.0
SQLC          := github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1
NFPM          := github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.0
GOVULNCHECK   := golang.org/x/vuln/cmd/govulncheck@v1.9.0

GO      ?= go
TOOLS   := $(CURDIR)/.tools
# A checkout without its history builds too.
export GOFLAGS += -buildvcs=false
# The private cluster needs root. Below sudo, go keeps its own cache, so that
# nothing of root's lands in the user's.
ROOT    := $(if $(filter 0,$(shell id -u)),,sudo)
CLUSTER := $(if $(ROOT),sudo env PATH="$(PATH)" GOFLAGS="$(GOFLAGS)" GOCACHE="$(CURDIR)/.test/go-build" GOMODCACHE="$(shell $(GO) env GOMODCACHE)" CI="$(CI)") bin/cluster
# Modules of their own, where they exist.
E2E     := $(patsubst %/go.mod,%,$(wildcard deploy/e2e/go.mod))
CHAOS    = $(CLUSTER) run --dir .test --berth bin/berth -- env $(DISTURB) $(GO) -C $(E2E) test -count=1 -v -timeout $(or $(CHAOS_TIMEOUT),20m) ./chaos

.DEFAULT_GOAL := help
.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/berth (static) and bin/cluster
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/berth ./cmd/berth
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/cluster ./deploy/cluster

.PHONY: packages
packages: $(TOOLS)/nfpm ## Make .deb, .rpm and tarballs for amd64 and arm64 in bin/packages
	rm -rf bin/packages
	NFPM=$(TOOLS)/nfpm deploy/packages/build bin/packages $(VERSION) amd64 arm64

.PHONY: demo
demo: ## Run berth on a private cluster at DEMO_ADDR, until Ctrl-C
	@deploy/cluster/install demo
	@$(MAKE) --no-print-directory build
	@exec $(ROOT) bin/cluster demo --berth bin/berth --addr $(DEMO_ADDR)

.PHONY: test
test: ## Run all tests, in a private cluster; RACE=-race for data races too
	@deploy/cluster/install test
	@$(MAKE) --no-print-directory build
	@bin/cluster check --for test
	@# Each in a fresh cluster, and all even if one fails. Slurm is met a second
	@# time without accounting, which many sites have not. chaos stops the
	@# cluster's controller, so it has one to itself, and shows what it counts. The
	@# packages of e2e take turns: one of them kills nodes, and four are not many.
	@set -x; failed=0; \
	  $(CLUSTER) run --dir .test --accounting=on --berth bin/berth -- $(GO) test $(RACE) -timeout 15m ./... || failed=1; \
	  $(CLUSTER) run --dir .test --accounting=off -- $(GO) test $(RACE) -count=1 -timeout 5m ./batch/slurm || failed=1; \
	  $(if $(E2E),$(CLUSTER) run --dir .test --accounting=on --limit-memory --berth bin/berth -- $(GO) -C $(E2E) test -p 1 -count=1 -timeout 15m $$($(GO) -C $(E2E) list ./... | grep -v '/chaos$$') || failed=1; \
	  $(CHAOS) || failed=1;) \
	  { set +x; } 2>/dev/null; exit $$failed

.PHONY: test-unit
test-unit: ## Run the tests that need no services; others skip themselves
	$(GO) test $(RACE) $$($(GO) list ./... | grep -v '/deploy/cluster$$')

.PHONY: chaos
chaos: DISTURB = CHAOS_N=$(N)
chaos: CHAOS_TIMEOUT = 24h
chaos: ## Disturb N launches: gateways die at every step, sbatch hangs and lies
	@deploy/cluster/install demo
	@$(MAKE) --no-print-directory build
	$(CHAOS) -run '^TestExactlyOnce$$'

.PHONY: soak
soak: DISTURB = SOAK=$(SOAK)
soak: CHAOS_TIMEOUT = 24h
soak: ## Use a gateway for SOAK while everything around it goes wrong at random
	@deploy/cluster/install demo
	@$(MAKE) --no-print-directory build
	$(CHAOS) -run '^TestSoak$$'

.PHONY: bench
bench: ## Measure berth beside a plain proxy and a bare sbatch; BENCH=proxy or launch for one
	@deploy/cluster/install demo
	@$(MAKE) --no-print-directory build
	$(CLUSTER) run --quiet --dir .test --accounting=off --berth bin/berth -- $(GO) run ./deploy/bench $(BENCH)

.PHONY: bench-go
bench-go: ## Run the benchmarks that stand beside the code
	$(GO) test -run '^$$' -bench . -benchmem -timeout 60m ./...

.PHONY: fuzz
fuzz: ## Run each fuzz test for FUZZTIME
	@set -e; for package in $$($(GO) list ./...); do \
	  for name in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
	    echo "$$package $$name"; \
	    $(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) $$package; \
	  done; \
	done

.PHONY: lint
lint: $(TOOLS)/golangci-lint $(TOOLS)/gofumpt ## Check form, mistakes and who imports whom
	@$(MAKE) --no-print-directory format-check
	$(GO) vet ./...
	$(TOOLS)/golangci-lint run ./...
	$(if $(E2E),cd $(E2E) && $(GO) vet ./... && $(TOOLS)/golangci-lint run ./...)
	@if command -v shellcheck >/dev/null; then shellcheck .ci/run deploy/cluster/install deploy/packages/build deploy/packages/*install deploy/packages/*remove; \
	  else echo "shellcheck is not installed: shell scripts were not checked"; fi

.PHONY: format-check
format-check: $(TOOLS)/gofumpt
	@files=$$($(TOOLS)/gofumpt -l $(GODIRS)); \
	  if [ -n "$$files" ]; then printf 'make fmt would change:\n%s\n' "$$files"; exit 1; fi

.PHONY: fmt
fmt: $(TOOLS)/gofumpt ## Format the code
	$(TOOLS)/gofumpt -w $(GODIRS)

.PHONY: generate
generate: $(TOOLS)/sqlc ## Make code from sql/query and sql/migrations
	cd sql && $(TOOLS)/sqlc generate

.PHONY: generate-check
generate-check: $(TOOLS)/sqlc ## Check that generated code is up to date
	cd sql && $(TOOLS)/sqlc diff

.PHONY: vuln
vuln: $(TOOLS)/govulncheck ## Look for known vulnerabilities; needs the network
	$(TOOLS)/govulncheck ./...

.PHONY: clean
clean: ## Remove what was built, and the clusters of demo and tests
	$(ROOT) rm -rf bin .demo .test

GODIRS := batch cmd deploy gateway ldapauth sql

# A tool is made again when its version changes: the stamp carries it.
.PHONY: tools
tools: $(TOOLS)/golangci-lint $(TOOLS)/gofumpt $(TOOLS)/sqlc $(TOOLS)/nfpm

stamp = $(TOOLS)/.$(notdir $(subst @,-,$(1)))
define tool
$(TOOLS)/$(notdir $(firstword $(subst @, ,$(1)))): $(call stamp,$(1))
$(call stamp,$(1)):
	GOBIN=$(TOOLS) $(GO) install $(1)
	@touch $$@
endef
$(foreach t,$(GOLANGCI_LINT) $(GOFUMPT) $(SQLC) $(NFPM) $(GOVULNCHECK),$(eval $(call tool,$(t))))
