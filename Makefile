# Everything here is one command that can also be typed. See CONTRIBUTING.md.

# for fuzzing, all targets together
TIME ?= 10m
# for driving, each target
TIMES ?= 1000000

.PHONY: check test fuzz drive cover mutate

check: # all that CI checks
	bash .ci/run

test:
	go test ./...

fuzz: # every fuzz target, with Go's fuzzer
	.ci/fuzz $(TIME)

drive: # every fuzz target, in one process each, on mutations of its corpus
	go test -v -timeout 0 -run '^Fuzz' ./frame ./transport ./fuzz -drive $(TIMES) | grep -v '^ *\(===\|---\) \|^PASS'

cover: # statements that tests run, of the packages for users
	go test -cover ./frame ./codec ./transport ./fuzz

mutate: # what the tests do not notice
	go run ./internal/mutate -n 100 -seed 1 ./frame ./codec
