#!/usr/bin/env bash
# Makes the passwords that compose.yaml uses, in deploy/secrets/: once, nothing is overwritten.
set -euo pipefail
cd "$(dirname "$0")"

folder=secrets
[ ! -e "$folder" ] || { echo "secrets: $folder is there already; nothing is changed" >&2; exit 1; }

password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

redis=$(password)
postgres=$(password)
# The folder keeps others out; the files are read by the containers' users.
mkdir -m 700 "$folder"
umask 022
printf '%s' "$postgres" > "$folder/postgres_password"
cat > "$folder/tideboard.toml" <<TOML
redis = "redis://tideboard:$redis@redis:6379"
redis_acknowledge = "memory"
postgres = "postgres://tideboard:$postgres@postgres:5432/tideboard?sslmode=disable"
TOML
sed -e "s/PASSWORD/$redis/" users.acl > "$folder/redis.acl"
echo "secrets: made in deploy/$folder" >&2
