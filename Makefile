.DEFAULT_GOAL := help
.PHONY: help test lint

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

test: ## all tests that stand today, with the race detector (about a minute the first time)
	@echo "test: building and running the tests with the race detector"
	@go test -race ./...

lint: ## vet, gofmt and staticcheck (pinned in go.mod)
	@echo "lint: go vet"; go vet ./...
	@echo "lint: gofmt"; out=$$(gofmt -l .); if [ -n "$$out" ]; then echo "not formatted: $$out"; exit 1; fi
	@echo "lint: staticcheck"; go tool staticcheck ./...
