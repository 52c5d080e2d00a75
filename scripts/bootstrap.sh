#!/usr/bin/env bash
# Brings a machine to where a task can run, and says what it does. Quick when nothing changed.
#   scripts/bootstrap.sh build     Rust, Node and the npm packages: enough for make run and make build
#   scripts/bootstrap.sh servers   also the servers that the crates' tests start: Redis, PostgreSQL, HAProxy, nginx
#   scripts/bootstrap.sh bench     the servers, and those that figures are compared with
#   scripts/bootstrap.sh test      also a browser, strace, valgrind and a Python client: all that the tests use
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-build}
cache="$HOME/.cache/tideboard"
rust_least=$(sed -nE 's/^rust-version = "(.*)"/\1/p' Cargo.toml)
node_least=20.19
# npm older than this does not read all of .npmrc; the pinned one is then fetched for the one command that needs it.
npm_least=11.10
npm_pinned=11.19.1

say() { echo "bootstrap: $*" >&2; }
stop() { say "$1"; say "  fix: $2"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n1)" = "$1" ]; }

check_rust() {
  local fix="install it from https://rustup.rs, then: rustup toolchain install stable"
  has cargo || stop "Rust is missing" "$fix"
  local found
  found=$(cargo --version | cut -d' ' -f2)
  at_least "$rust_least" "$found" || stop "Rust $found is too old: $rust_least is needed" "rustup update stable"
  # SQLite is compiled from its C sources.
  has cc || stop "a C compiler is missing" "sudo apt-get install -y --no-install-recommends gcc libc6-dev"
}

check_rust_components() {
  cargo fmt --version >/dev/null 2>&1 || stop "rustfmt is missing" "rustup component add rustfmt"
  cargo clippy --version >/dev/null 2>&1 || stop "clippy is missing" "rustup component add clippy"
}

check_node() {
  has node || stop "Node is missing" "install Node $node_least or newer from https://nodejs.org"
  local found
  found=$(node --version | tr -d v)
  at_least "$node_least" "$found" || stop "Node $found is too old: $node_least is needed" "install a newer one from https://nodejs.org"
  has npm || stop "npm is missing" "install it with Node from https://nodejs.org"
}

# The stamp holds the hash of the lock file that node_modules was installed from. Not `npm ci`: it refuses a lock file that
# lacks the optional binaries of other platforms, and not every registry has those. Versions and hashes are the lock's.
install_npm_packages() (
  cd "$1"
  [ -f package-lock.json ] || { say "no package-lock.json yet: npm packages left out"; return 0; }
  local stamp=node_modules/.installed-from now
  now=$(sha256sum package-lock.json | cut -d' ' -f1)
  if [ "$(cat "$stamp" 2>/dev/null || true)" = "$now" ]; then return 0; fi
  say "installing npm packages"
  local npm=(npm)
  at_least "$npm_least" "$(npm --version)" || npm=(npx --yes "npm@$npm_pinned")
  "${npm[@]}" install --no-save --no-progress --loglevel=error
  echo "$now" > "$stamp"
)

missing_servers() {
  # Not by PATH: that of a plain user often lacks sbin.
  [ -x /usr/bin/redis-server ] || echo redis-server
  compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || echo postgresql
  [ -x /usr/sbin/haproxy ] || echo haproxy
  [ -x /usr/sbin/nginx ] || echo nginx
  has openssl || echo openssl
  has setpriv && has prlimit || echo util-linux
}

missing_for_contests() {
  [ -e /usr/lib/nginx/modules/ngx_nchan_module.so ] || echo libnginx-mod-nchan
  has chromium || echo chromium
  [ -x /usr/bin/influxd ] || echo influxdb
}

missing_for_browsers_and_clients() {
  has chromium || echo chromium
  has strace || echo strace
  has valgrind || echo valgrind
  # Packets are dropped between a node and Redis.
  [ -x /usr/sbin/nft ] || echo nftables
  [ -x /usr/sbin/ip ] || [ -x /bin/ip ] || echo iproute2
  # Debian's Python leaves out what makes a virtual environment.
  if [ ! -x "$cache/venv/bin/python" ] && ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then
    echo python3
    echo python3-venv
  fi
}

# Debian starts servers as it installs them, now and at every boot. The tests start their own, so these stay off: nobody asked
# for a web server on port 80.
policy=/usr/sbin/policy-rc.d
services=(redis-server postgresql haproxy nginx)

install_debian_packages() {
  [ $# -gt 0 ] || return 0
  local list="$*"
  has apt-get || stop "missing for the tests: $list" "install them with this system's package manager"
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    has sudo || stop "missing for the tests: $list (and neither root nor sudo)" "as root: apt-get install -y --no-install-recommends $list"
    as_root=(sudo)
  fi
  local root=(${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive) own_policy="" package
  say "installing Debian packages: $list"
  "${root[@]}" apt-get update -qq
  if [ ! -e "$policy" ]; then
    own_policy=1
    printf '#!/bin/sh\nexit 101\n' | "${root[@]}" install -m 755 /dev/stdin "$policy"
  fi
  local outcome=0
  "${root[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null || outcome=$?
  [ -z "$own_policy" ] || "${root[@]}" rm -f "$policy"
  for package in "$@"; do
    if [ -d /run/systemd/system ] && [[ " ${services[*]} " = *" $package "* ]]; then
      "${root[@]}" systemctl disable --quiet "$package" || say "could not switch off $package, which Debian starts at boot"
    fi
  done
  return "$outcome"
}

# A stock Socket.IO client of another language, outside the checkout so that a fresh clone finds it again.
install_python_client() {
  local pins=scripts/python-packages.txt stamp="$cache/venv/.installed-from" now
  now=$(sha256sum "$pins" | cut -d' ' -f1)
  if [ "$(cat "$stamp" 2>/dev/null || true)" = "$now" ]; then return 0; fi
  say "installing a Python Socket.IO client into $cache/venv"
  python3 -m venv --clear "$cache/venv"
  "$cache/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$pins"
  echo "$now" > "$stamp"
}

check_rust
check_node
install_npm_packages .
# shellcheck disable=SC2046 # One word is one package.
case "$what" in
  build) ;;
  servers)
    check_rust_components
    install_debian_packages $(missing_servers)
    ;;
  test)
    check_rust_components
    install_debian_packages $(missing_servers) $(missing_for_browsers_and_clients)
    install_python_client
    ;;
  bench)
    # shellcheck disable=SC2046
    install_debian_packages $(missing_servers) $(missing_for_contests)
    # Not with the others: who only runs the server needs none of them.
    install_npm_packages bench/peers
    install_npm_packages bench/browser
    ;;
  *) stop "unknown: $what" "scripts/bootstrap.sh build, servers, test or bench" ;;
esac
