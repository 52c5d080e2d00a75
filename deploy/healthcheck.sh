#!/bin/bash
# Asks this machine's Tideboard for a path (`/healthz` if none is given) and fails unless the answer is 200. Bash alone can do
# it, so that the image needs no client. With TLS it asks no more than whether the port is open: bash speaks none.
set -euo pipefail

listen=${TIDEBOARD_LISTEN:-127.0.0.1:8433}
exec 3<>"/dev/tcp/127.0.0.1/${listen##*:}"
[ -z "${TIDEBOARD_TLS_CERT:-}" ] || exit 0
printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "${1:-/healthz}" >&3
read -r -t 4 _ status _ <&3
[ "$status" = 200 ]
