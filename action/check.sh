#!/usr/bin/env bash
# Runs the program and tells its exit status, so that the upload can still happen before the run fails.
# In: TLSLINT and the inputs of the action. Out: `exit-code`, `findings`, `errors`, `warnings`, `sarif-file`, `json-file`.
set -euo pipefail

json="${RUNNER_TEMP:?}/tlslint.json"
page="$RUNNER_TEMP/tlslint.md"
rm -f "$json" "$page"
arguments=(check "--fail-on=$FAIL_ON" "--format=json=$json")

if [ "$ANNOTATIONS" = true ]; then arguments+=(--format=github); else arguments+=(--format=full --color=never); fi
if [ "$SUMMARY" = true ]; then arguments+=("--format=markdown=$page"); fi
sarif=$SARIF_FILE
if [ -z "$sarif" ] && [ "$UPLOAD_SARIF" = true ]; then sarif="$RUNNER_TEMP/tlslint.sarif"; fi
if [ -n "$sarif" ]; then arguments+=("--format=sarif=$sarif"); fi
if [ -n "$CONFIG" ]; then arguments+=("--config=$CONFIG"); fi
if [ -n "$BASELINE" ]; then arguments+=("--baseline=$BASELINE"); fi

# The merge commit of a pull request has the base as its first parent.
case "$CHANGED_ONLY" in
auto)
    case "${GITHUB_EVENT_NAME:-}" in
    pull_request | pull_request_target)
        if git rev-parse --quiet --verify 'HEAD^1^{commit}' >/dev/null; then
            arguments+=('--changed-since=HEAD^1')
        else
            echo "::notice title=tlslint::the base of the pull request is not in this clone, so everything is reported; check out with \`fetch-depth: 2\`"
        fi
        ;;
    esac
    ;;
true) arguments+=('--changed-since=HEAD^1') ;;
false) ;;
*)
    echo "::error title=tlslint::the input \`changed-only\` is true, false or auto"
    exit 2
    ;;
esac

while IFS= read -r argument; do
    if [ -n "$argument" ]; then arguments+=("$argument"); fi
done <<<"$ARGS"

# No shell pattern is expanded: a path may hold one.
set -f
# shellcheck disable=SC2153,SC2206
paths=($PATHS)
set +f

status=0
"$TLSLINT" "${arguments[@]}" -- "${paths[@]}" || status=$?

# A count of the report: the numbers stand in an object of their own, a line each.
count() {
    awk -v name="\"$1\":" '/^  "counts": \{/ { counts = 1 } counts && $1 == name { sub(",", "", $2); print $2; exit }' "$json"
}
errors=0 warnings=0 notes=0
if [ -f "$json" ]; then
    errors=$(count error) warnings=$(count warning) notes=$(count note)
fi
{
    printf 'exit-code=%s\n' "$status"
    printf 'errors=%s\nwarnings=%s\nfindings=%s\n' "$errors" "$warnings" "$((errors + warnings + notes))"
    if [ -n "$sarif" ] && [ -f "$sarif" ]; then printf 'sarif-file=%s\n' "$sarif"; fi
    if [ -f "$json" ]; then printf 'json-file=%s\n' "$json"; fi
} >>"${GITHUB_OUTPUT:?}"
if [ -f "$page" ]; then cat "$page" >>"${GITHUB_STEP_SUMMARY:?}"; fi
