.DEFAULT_GOAL := help
.PHONY: help setup site build dist run test test-fast test-docker docs lint bench record mutants

ARCH := $(shell go env GOARCH)
SITE := topologies/images/bin/site-linux-$(ARCH)
# The commit that `holdfast version` and every run report; empty without git.
VCS := $(shell git rev-parse HEAD >/dev/null 2>&1 && echo true || echo false)
took = echo "$(1): done in $$(( $$(date +%s) - $$start )) s"

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: ## check Docker and the tools that build the base image; says what is missing and what to do
	@sh topologies/images/setup.sh

site: ## the reference site's Linux binary, which is embedded in holdfast
	@CGO_ENABLED=0 GOOS=linux go build -trimpath -ldflags '-s -w' -o $(SITE) ./cmd/site

build: site ## bin/holdfast: one static binary that does not need its checkout
	@echo "build: bin/holdfast (the first build compiles all dependencies, about 2 min on 2 cores)"
	@start=$$(date +%s); CGO_ENABLED=0 go build -trimpath -buildvcs=$(VCS) -o bin/holdfast ./cmd/holdfast && $(call took,build)

dist: ## release archives with checksums under dist/, and a check of them (VERSION=... names them)
	@bash .ci/dist.sh $(VERSION)

run: setup build ## kill a PostgreSQL primary under load and judge it (3 min the first time, then about 85 s)
	@bin/holdfast run replication/primary-kill

test: setup test-fast test-docker ## all tests, those with Docker included (about 15 min on 2 cores)

# Many tests wait for the scenario that they run, so more run at once than there are processors:
# 50 s on 2 cores, once compiled.
test-fast: site ## the tests that need no Docker, with the race detector
	@echo "test: without Docker, with the race detector (the first time compiles all dependencies, about 3 min)"
	@start=$$(date +%s); go test -race -p 4 -parallel 8 ./... && $(call took,test without Docker)

test-docker: build ## the tests that need Docker: they fail without it
	@echo "test: with Docker (images are built the first time, about 2 min)"
	@start=$$(date +%s); go test -race -tags docker -count=1 -p 1 -timeout 30m ./... && $(call took,test with Docker)

docs: build ## run the examples of README and docs/ and compare what they print
	@echo "docs: running the examples"
	@go test -tags docs -run Docs -count=1 .

lint: ## vet, go.mod, gofmt and staticcheck (pinned in go.mod)
	@echo "lint: go vet"; go vet ./... && go vet -tags docker ./... && go vet -tags record ./scenarios
	@echo "lint: go.mod is tidy"; go mod tidy -diff
	@echo "lint: gofmt"; out=$$(gofmt -l .); if [ -n "$$out" ]; then echo "not formatted: $$out"; exit 1; fi
	@echo "lint: staticcheck"; go tool staticcheck ./... && go tool staticcheck -tags docker ./... && go tool staticcheck -tags record ./scenarios

bench: setup build ## speed against named baselines in the same run (15 min); kept under results/bench
	@echo "bench: attack, send delay, boot, memory over ten minutes: about 15 min"
	@go test -tags bench -run Bench -count=1 -timeout 40m -v .

record: setup build ## planted defects, broken tools and healthy systems (about 1 h; continues where it stopped); writes docs/TRACK-RECORD.md
	@echo "record: every entry 5 times and 32 healthy plays, about 1 h; e.g. make record RECORD='-times 1 -healthy 0 -only drop'"
	@go test -tags record -run '^TestRecord$$' -count=1 -timeout 8h -v ./scenarios $(if $(RECORD),-args $(RECORD))

mutants: ## change the verdict code in every small way: do the tests of claims notice? (10 min; IN=file.go for one file)
	@echo "mutants: every mutant of package claims, one at a time: about 10 min on 2 cores"
	@nice -n 19 go test -tags mutants -run Mutants -v -count=1 -timeout 3h . -in '$(IN)'
