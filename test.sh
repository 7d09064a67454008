#!/bin/sh
# The test command: what must hold before a change is shared. It needs Go, and nothing else; where there is a C compiler
# it uses the race detector. More arguments go to `go test`.
set -eu
cd "$(dirname "$0")"

say() { printf '\n== %s\n' "$1"; }

say 'gofmt'
unformatted=$(gofmt -l cmd examples internal)
[ -z "$unformatted" ] || { echo "not formatted: $unformatted"; exit 1; }

say 'vet, on every system that it is built for'
for os in linux darwin windows; do
	GOOS=$os CGO_ENABLED=0 go vet ./...
	GOOS=$os CGO_ENABLED=0 go build -o /dev/null ./cmd/reprise
done

say 'staticcheck'
go tool staticcheck ./...

race=
if [ "$(go env CGO_ENABLED)" = 1 ] && command -v "$(go env CC)" >/dev/null; then
	race=-race
else
	echo 'SKIPPED: no C compiler, so the race detector cannot run here'
fi
say "tests $race"
go test $race "$@" ./...
