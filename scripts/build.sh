#!/usr/bin/env bash
# Builds the web app (`scripts/build.sh web`), or the web app and the binary (`… release`, `… debug`).
# Nothing is done twice: the web app only when a source of it changed, the binary as Cargo decides.
set -euo pipefail
cd "$(dirname "$0")/.."

profile=${1:?usage: scripts/build.sh web|debug|release}
binary=tideboard
# Not in the folder itself: all that is in there is embedded.
stamp=node_modules/.web-built-from

sources_hash() {
  { find web/app web/client web/react package-lock.json tsconfig.base.json -type f \
      -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/test/*' -not -path '*/test-results/*' \
      -not -name '*.tsbuildinfo' -print0 2>/dev/null || true; } \
    | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

build_web() {
  [ -f web/app/package.json ] || return 0
  local now
  now=$(sources_hash)
  if [ -f web/app/dist/index.html ] && [ "$(cat "$stamp" 2>/dev/null || true)" = "$now" ]; then return 0; fi
  echo "build: the web app"
  npm run build --silent --workspace web/app
  echo "$now" > "$stamp"
}

build_binary() {
  local flags=()
  [ "$profile" = release ] && flags+=(--release)
  cargo build --quiet --package tideboard-server --bin "$binary" ${flags[@]+"${flags[@]}"}
  # The promised path holds wherever Cargo was told to build. Removing first allows for a running copy.
  local built="${CARGO_TARGET_DIR:-target}/$profile/$binary" promised="target/$profile/$binary"
  if ! cmp -s "$built" "$promised"; then
    mkdir -p "target/$profile"
    cp --remove-destination --preserve=timestamps "$built" "$promised"
  fi
}

build_web
[ "$profile" = web ] || build_binary
