#!/bin/sh
# Installs what `cargo bench --bench peers` compares with into a folder (nothing of it is part of the build), and
# runs the comparison: benches/peers.sh FOLDER [arguments of the benchmark]
# Versions can be set: GIXY, GIXY_NG, CROSSPLANE, APIGEELINT.
set -eu

[ $# -ge 1 ] || { echo "usage: $0 FOLDER [arguments]" >&2; exit 2; }
mkdir -p "$1"
tools=$(cd "$1" && pwd)
shift

# Each in an environment of its own: gixy and gixy-ng have the same name.
install_python() {
    [ -x "$tools/$1/bin/$3" ] && return
    python3 -m venv "$tools/$1"
    "$tools/$1/bin/pip" -q install "$1==$2" || echo "$1 $2 cannot be installed" >&2
}
install_python gixy "${GIXY:-0.1.21}" gixy
install_python gixy-ng "${GIXY_NG:-0.2.59}" gixy
install_python crossplane "${CROSSPLANE:-0.5.8}" crossplane
[ -x "$tools/node_modules/.bin/apigeelint" ] ||
    (cd "$tools" && npm install --no-fund --no-audit --silent "apigeelint@${APIGEELINT:-2.85.1}") ||
    echo "apigeelint cannot be installed" >&2

cd "$(dirname "$0")/.."
exec cargo bench --bench peers -- --tools "$tools" "$@"
