#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The steps of action.yml: gets the package, runs bpfcheck with annotations on standard output, and passes its exit status on.
set -euo pipefail
temp="${RUNNER_TEMP:-$(mktemp -d)}/bpfcheck"
mkdir -p "$temp"

package="${INPUT_PACKAGE:-}"
if [ -z "$package" ]; then
  version="${ACTION_REF#v}"
  package="https://github.com/$ACTION_REPOSITORY/releases/download/$ACTION_REF/bpfcheck_${version}_$(dpkg --print-architecture).deb"
fi
case "$package" in
  http://*|https://*)
    curl --fail --silent --show-error --location --output "$temp/${package##*/}" "$package"
    package="$temp/${package##*/}" ;;
esac
case "$package" in
  *.deb) sudo apt-get update -qq && sudo apt-get install -y -qq "$(realpath "$package")" && program=bpfcheck ;;
  *.tar.gz) tar -xzf "$package" -C "$temp" && program=$(find "$temp" -path '*/bin/bpfcheck' | head -n 1) ;;
  *) echo "::error title=bpfcheck::$package is neither .deb nor .tar.gz"; exit 2 ;;
esac

args=(check --format github)
[ -z "${GITHUB_STEP_SUMMARY:-}" ] || args+=(--format "markdown=$temp/summary.md")
[ -z "${INPUT_SARIF:-}" ] || args+=(--format "sarif=$INPUT_SARIF")
while IFS= read -r btf; do [ -z "$btf" ] || args+=(--btf "$btf"); done <<< "${INPUT_BTF:-}"
# Words of these two are meant to be split, patterns to be matched.
# shellcheck disable=SC2206
args+=(${INPUT_ARGS:-} ${INPUT_OBJECTS:-})

status=0
"$program" "${args[@]}" || status=$?
[ -z "${GITHUB_STEP_SUMMARY:-}" ] || [ ! -f "$temp/summary.md" ] || cat "$temp/summary.md" >> "$GITHUB_STEP_SUMMARY"
[ -z "${GITHUB_OUTPUT:-}" ] || echo "status=$status" >> "$GITHUB_OUTPUT"
exit "$status"
