#!/usr/bin/env bash
# Torments the debug binary (docs/torture.md): `scripts/torture.sh [--seed N] [--seconds N]`.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh debug
cargo build --quiet --package tideboard-torture
folder="${CARGO_TARGET_DIR:-target}/debug"
# Node cannot read the client's TypeScript: bundled, it can.
page="$folder/tideboard-torture-page.mjs"
node_modules/.bin/rolldown --log-level warn crates/torture/page/page.mjs --platform node --format esm --file "$page"
exec "$folder/tideboard-torture" --binary "$folder/tideboard" --page "$page" "$@"
