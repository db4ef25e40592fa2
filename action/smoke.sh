#!/usr/bin/env bash
# Whether a binary works on this system, with nothing but git beside it.
#
#   action/smoke.sh BINARY [VERSION]
set -euo pipefail

binary=$1
[ -f "$binary" ] || binary=$binary.exe
binary=$(cd "$(dirname "$binary")" && pwd)/$(basename "$binary")
version=$("$binary" --version)
echo "$version"
[ "$#" -lt 2 ] || [ "$version" = "countersign $2" ]

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$binary" demo demo >demo.txt
cd demo
"$binary" status
# The demo ends with a version that waits for an approval: exit code 1, and every check was made.
code=0
"$binary" check --format json >../check.json || code=$?
[ "$code" -eq 1 ]
grep -q '"verdict": "waiting"' ../check.json
"$binary" explain skill/pdf-tools
"$binary" audit --out ../audit
"$binary" verify ../audit/audit.json
# A changed byte in an approved file is found.
echo 'One more line.' >>skills/pdf-tools/SKILL.md
git -c user.name=smoke -c user.email=smoke@localhost commit --quiet --all --message 'One more line'
code=0
"$binary" check >../changed.txt || code=$?
[ "$code" -eq 1 ]
grep -q 'unapproved-version' ../changed.txt
echo "it works"
