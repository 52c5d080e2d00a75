#!/usr/bin/env bash
# Torments the debug binary (docs/torture.md): `scripts/torture.sh [--nodes N] [--seed N] [--seconds N]`.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh debug
cargo build --quiet --package tideboard-torture
folder="${CARGO_TARGET_DIR:-target}/debug"
# Node cannot read the client's TypeScript: bundled, it can.
page="$folder/tideboard-torture-page.mjs"
node_modules/.bin/rolldown --log-level warn crates/torture/page/page.mjs --platform node --format esm --file "$page"

# In a network of its own, packets between a node and Redis can be dropped; where that is not allowed, a proxy stands in.
export PATH="$PATH:/usr/sbin:/sbin"
inside=()
for attempt in "unshare --net" "unshare --user --map-current-user --keep-caps --net"; do
  if $attempt ip link set lo up 2>/dev/null; then
    # Without its loopback nothing works in there.
    read -ra inside <<< "$attempt"
    inside+=(sh -c 'ip link set lo up && exec "$@"' sh)
    break
  fi
done
exec ${inside[@]+"${inside[@]}"} "$folder/tideboard-torture" --binary "$folder/tideboard" --page "$page" \
  ${inside:+--own-network} "$@"
