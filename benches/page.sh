#!/bin/sh
# Measures anew and writes the tables of docs/performance.md: benches/page.sh FOLDER [--turns N] [--binary PROGRAM] …
# FOLDER is where the programs are installed that tlslint is compared with; the other arguments are for both benchmarks.
# What is said below the tables is written by hand: read it afterwards.
set -eu

[ $# -ge 1 ] || { echo "usage: $0 FOLDER [arguments]" >&2; exit 2; }
mkdir -p "$1"
tools=$(cd "$1" && pwd)
shift
cd "$(dirname "$0")/.."
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT

cargo bench --bench mixed_estate -- --files 1000,10000,100000 "$@" > "$new/mixed_estate"
benches/peers.sh "$tools" "$@" > "$new/peers"
for name in mixed_estate peers; do
    awk -v begin="<!-- tables of: $name -->" -v file="$new/$name" '
        $0 == begin { print; print ""; while ((getline line < file) > 0) print line; print ""; skip = 1; next }
        $0 == "<!-- end of tables -->" { skip = 0 }
        !skip { print }' docs/performance.md > "$new/page"
    cat "$new/page" > docs/performance.md
done
