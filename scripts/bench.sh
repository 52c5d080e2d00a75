#!/usr/bin/env bash
# Measures the release binary on this machine (docs/benchmarks.md): `scripts/bench.sh [--long] [--only NAME] [--contest NAME]`.
# Ends with what it found; the same as JSON is in bench/results/latest.json. Where nothing is named, all is measured, and the
# tables of docs/benchmarks.md and README.md are filled in from there. Run it on a machine that does nothing else.
#   scripts/bench.sh --build-time    how long a build from nothing takes, and nothing else
set -euo pipefail
cd "$(dirname "$0")/.."

build_time() {
  local folder start
  folder=$(mktemp -d)
  trap "rm -rf '$folder'" EXIT
  # What is downloaded is not what is measured.
  cargo fetch --quiet
  start=$SECONDS
  CARGO_TARGET_DIR="$folder" CARGO_INCREMENTAL=0 cargo build --quiet --release --package tideboard-server --bin tideboard
  echo "build of the release binary from nothing, web app and downloads apart: $((SECONDS - start)) s with $(nproc) threads"
}

if [ "${1:-}" = --build-time ]; then build_time; exit; fi

scripts/build.sh release
cargo build --quiet --release --package tideboard-bench
# Thousands of viewers: a file each here, and one in the server, which inherits the limit.
ulimit -n "$(ulimit -H -n)"
bench="${CARGO_TARGET_DIR:-target}/release/tideboard-bench"
"$bench" "$@"
case " $* " in
  *" --only"* | *" --contest"* | *" --help "* | *" --tables"*) ;;
  *) "$bench" --tables docs/benchmarks.md --tables README.md ;;
esac
