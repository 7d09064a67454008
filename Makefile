# Few targets, all of which are plain commands too.

.PHONY: test bench fuzz demo

test: ## the test command of the README
	./test.sh

bench: ## durable steps per second, planner, journal
	go test -run '^$$' -bench . ./internal/run ./internal/plan ./internal/journal/...

fuzz: ## the estate parser for ten minutes, then the journal's decoder
	go test -run '^$$' -fuzz FuzzParse -fuzztime 10m -fuzzminimizetime 10x ./internal/estatefile
	go test -run '^$$' -fuzz FuzzParse -fuzztime 2m -fuzzminimizetime 10x ./internal/journal/filelog

demo: ## 120 services lost, 120 back
	go run ./cmd/reprise demo noumea
