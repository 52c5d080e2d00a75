#!/usr/bin/env bash
# Measures the release binary on this machine (docs/benchmarks.md): `scripts/bench.sh [--long] [--only NAME]`.
# Ends with a table; the same as JSON is in bench/results/latest.json. Run it on a machine that does nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh release
cargo build --quiet --release --package tideboard-bench
# Thousands of viewers: a file each here, and one in the server, which inherits the limit.
ulimit -n "$(ulimit -H -n)"
exec "${CARGO_TARGET_DIR:-target}/release/tideboard-bench" "$@"
