#!/usr/bin/env bash
# Finds the countersign binary for the Action and writes its path to the step's outputs.
#
# In this order: BINARY, a file outside of the checked-out repository; VERSION, a release whose archive has the SHA-256 that
# action/checksums.txt says; else a build of the action's own checkout. Nothing is downloaded without a checksum, and no version is "latest".
set -euo pipefail

fail() {
    echo "::error title=countersign::$1"
    exit 2
}

# The path with every link followed: a link into the judged repository is inside of it.
real() {
    readlink -f -- "$1" 2>/dev/null || python3 -c 'import os, sys; print(os.path.realpath(sys.argv[1]))' "$1"
}

# Whether a path is, or is inside, the workspace or the judged repository, which `path` may have put elsewhere.
judged() {
    case "$1/" in "${workspace%/}"/* | "${repository%/}"/*) return 0 ;; esac
    return 1
}

action=$(real "$(dirname "${BASH_SOURCE[0]}")/..")
workspace=$(real "${GITHUB_WORKSPACE:-.}")
repository=$(git -C "${REPOSITORY:-.}" rev-parse --show-toplevel 2>/dev/null) || repository=${REPOSITORY:-.}
repository=$(real "$repository")
# Beside the repository, in the workspace, other checkouts may lie: they are not the change's. In it this script would be, too; then this is
# reported to the person who sets up the workflow, on the first run.
case "$action/" in
"${repository%/}"/*) fail "the Action is in the repository that it judges: anyone who opens a pull request could change it. Use it from a repository of its own, or check the judged one out in a folder that \`path\` names" ;;
esac
temp=${RUNNER_TEMP:?this script is a step of the GitHub Action}

if [ -n "${BINARY:-}" ]; then
    [ -f "$BINARY" ] && [ -x "$BINARY" ] || fail "the given binary is not a program"
    binary=$(real "$BINARY")
    ! judged "$binary" || fail "the binary is in the repository that it judges: anyone who opens a pull request could choose it"
elif [ -n "${VERSION:-}" ]; then
    [[ $VERSION =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || fail "version must be exact, such as 0.1.0"
    case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) target=x86_64-unknown-linux-musl ;;
    Linux-aarch64) target=aarch64-unknown-linux-musl ;;
    Darwin-arm64) target=aarch64-apple-darwin ;;
    Darwin-x86_64) target=x86_64-apple-darwin ;;
    MINGW*-x86_64 | MSYS*-x86_64) target=x86_64-pc-windows-msvc ;;
    *) fail "there is no release for this runner: leave version out, and the Action builds itself" ;;
    esac
    archive=countersign-$VERSION-$target.tar.gz
    expected=$(awk -v name="$archive" '$2 == name { print $1 }' "$action/action/checksums.txt")
    [[ $expected =~ ^[0-9a-f]{64}$ ]] || fail "action/checksums.txt does not know $archive: name a version that this commit of the Action lists"
    mkdir -p "$temp/countersign-bin"
    curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --max-time 300 --output "$temp/$archive" \
        "${COUNTERSIGN_RELEASES:-${GITHUB_SERVER_URL:-https://github.com}/${TOOL:?}/releases/download}/v$VERSION/$archive" || fail "cannot download $archive"
    if command -v sha256sum >/dev/null; then actual=$(sha256sum "$temp/$archive"); else actual=$(shasum -a 256 "$temp/$archive"); fi
    [ "${actual%% *}" = "$expected" ] || fail "$archive has another SHA-256 than action/checksums.txt says"
    tar -xzf "$temp/$archive" -C "$temp/countersign-bin"
    binary=$temp/countersign-bin/countersign
    [ -f "$binary" ] || binary=$binary.exe
else
    echo "Building countersign from the Action's own checkout: give version or binary to save the minutes."
    command -v cargo >/dev/null || fail "neither version nor binary is given, and there is no cargo to build with"
    # In the Action's folder, so that no configuration of the judged repository is read.
    (cd "$action" && CARGO_TARGET_DIR="$temp/countersign-target" cargo build --quiet --release --locked)
    binary=$temp/countersign-target/release/countersign
fi
echo "path=$binary" >>"${GITHUB_OUTPUT:?}"
