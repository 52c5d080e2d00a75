#!/usr/bin/env bash
# Measures the release binary on this machine (docs/benchmarks.md): `scripts/bench.sh [--long] [--only NAME] [--contest NAME]`.
# Ends with tables; the same as JSON is in bench/results/latest.json. Run it on a machine that does nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."

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
if [ -n "$generator" ]; then
  cargo build --quiet --release --package tideboard-bench
  # Thousands of viewers: a file each here, and one in the server, which inherits the limit.
  ulimit -n "$(ulimit -H -n)"
  "${CARGO_TARGET_DIR:-target}/release/tideboard-bench" ${others[@]+"${others[@]}"}
  of_browser+=(--append)
fi
[ -z "$browser" ] || exec node bench/browser/run.mjs ${of_browser[@]+"${of_browser[@]}"}
