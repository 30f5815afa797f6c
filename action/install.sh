#!/usr/bin/env bash
# Finds the program in the tool cache, else downloads the release, else builds it from the checkout of the action where
# that is the version that was asked for. A download runs only if its SHA-256 stands in `checksums.txt` or GitHub attests
# that our release workflow built it.
# In: VERSION, GH_TOKEN. Out: `program`, its path.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
case "$VERSION" in
'' | *[!0-9A-Za-z.+-]*)
    echo "::error title=tlslint::the input \`version\` is not a version"
    exit 2
    ;;
esac

case "${RUNNER_OS:-}-${RUNNER_ARCH:-}" in
Linux-X64) target=x86_64-unknown-linux-musl ;;
Linux-ARM64) target=aarch64-unknown-linux-musl ;;
macOS-X64) target=x86_64-apple-darwin ;;
macOS-ARM64) target=aarch64-apple-darwin ;;
Windows-X64) target=x86_64-pc-windows-msvc ;;
*) target=unknown ;;
esac
name=tlslint
if [ "${RUNNER_OS:-}" = Windows ]; then name=tlslint.exe; fi

folder="${RUNNER_TOOL_CACHE:-${RUNNER_TEMP:?}}/tlslint/$VERSION/$target"
program="$folder/$name"

# The digest of an archive, by its name.
expected() {
    awk -v name="$1" '$2 == name { print $1 }' "$here/checksums.txt"
}

# Whether the archive is the one that was released: 0 yes, 1 nobody can tell. Another archive ends the step.
genuine() {
    local archive=$1 into=$2 digest got
    digest=$(expected "$archive")
    if [ -n "$digest" ]; then
        if command -v sha256sum >/dev/null; then
            got=$(sha256sum "$into" | cut -d ' ' -f 1)
        else
            got=$(shasum -a 256 "$into" | cut -d ' ' -f 1)
        fi
        if [ "$got" = "$digest" ]; then return 0; fi
        echo "::error title=tlslint::$archive has another SHA-256 than the one this action knows; nothing was run"
        exit 2
    fi
    if [ -n "${GH_TOKEN:-}" ] && command -v gh >/dev/null; then
        if gh attestation verify "$into" --repo tlslint/tlslint \
            --signer-workflow tlslint/tlslint/.github/workflows/release.yml >/dev/null; then
            return 0
        fi
        echo "::error title=tlslint::GitHub does not attest that $archive is a release; nothing was run"
        exit 2
    fi
    return 1
}

# Called where failing is no error of the script, so each step says itself that it failed.
download() {
    local archive="tlslint-$VERSION-$target.tar.gz"
    [ "$target" != unknown ] || return 1
    local url="https://github.com/tlslint/tlslint/releases/download/v$VERSION/$archive"
    local into="${RUNNER_TEMP:?}/$archive"
    curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 --output "$into" "$url" ||
        return 1
    genuine "$archive" "$into" || return 1
    mkdir -p "$folder" || return 1
    tar -xzf "$into" -C "$folder" "$name"
}

build() {
    local own
    own=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/../Cargo.toml" | head -n 1)
    if [ "$VERSION" != "$own" ]; then
        echo "::error title=tlslint::this action knows no release $VERSION for $target; use the tag of the action that goes with it"
        exit 2
    fi
    if ! command -v cargo >/dev/null; then
        echo "::error title=tlslint::there is no release $VERSION for $target, and no \`cargo\` to build it with"
        exit 2
    fi
    cargo install --locked --quiet --path "$here/.." --root "$folder/build"
    mv "$folder/build/bin/$name" "$program"
}

if [ ! -x "$program" ]; then
    download || build
fi
"$program" --version
printf 'program=%s\n' "$program" >>"${GITHUB_OUTPUT:?}"
