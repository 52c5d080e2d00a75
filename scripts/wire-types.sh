#!/usr/bin/env bash
# Writes the TypeScript types of the wire messages from the Rust ones. `--check` only compares, and fails if they differ.
set -euo pipefail
cd "$(dirname "$0")/.."

target=web/client/src/generated/wire.ts
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
cargo run --quiet --package tideboard-sync --example wire-types > "$fresh"

if [ "${1:-}" = --check ]; then
  diff -u "$target" "$fresh" || { echo "$target is out of date: run make fix" >&2; exit 1; }
else
  mkdir -p "$(dirname "$target")"
  cmp -s "$fresh" "$target" || cp "$fresh" "$target"
fi
