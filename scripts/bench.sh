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

# The contest of charts is held by a real browser, driven by Node: everything else by the load generator, which writes first.
browser=1 generator=1 named= chosen= others=() of_browser=()
while [ $# -gt 0 ]; do
  case "$1 ${2:-}" in
    "--contest browser") named=1; shift ;;
    --long*) others+=("$1"); of_browser+=("$1") ;;
    "--out "*) others+=("$1" "$2"); of_browser+=("$1" "$2"); shift ;;
    --only*|--contest*|--tables*|--help*|-h*) others+=("$1"); chosen=1 ;;
    *) others+=("$1") ;;
  esac
  shift
done
if [ -n "$named" ]; then
  [ -n "$chosen" ] || generator=
else
  [ -z "$chosen" ] || browser=
fi

scripts/build.sh release
cargo build --quiet --release --package tideboard-bench
bench="${CARGO_TARGET_DIR:-target}/release/tideboard-bench"
if [ -n "$generator" ]; then
  # Thousands of viewers: a file each here, and one in the server, which inherits the limit.
  ulimit -n "$(ulimit -H -n)"
  "$bench" ${others[@]+"${others[@]}"}
  of_browser+=(--append)
fi
[ -z "$browser" ] || node bench/browser/run.mjs ${of_browser[@]+"${of_browser[@]}"}
[ -n "$named$chosen" ] || "$bench" --tables docs/benchmarks.md --tables README.md
