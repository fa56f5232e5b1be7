#!/usr/bin/env bash
# Fails when a source file is not as clang-format 14 would write it; 77 (skipped) without it,
# because other versions differ in details. To repair: clang-format-14 -i FILE (or clang-format -i).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

for program in clang-format-14 clang-format; do
  if command -v "$program" >/dev/null && [[ $("$program" --version) == *"version 14."* ]]; then
    find sim models controller ui tools tests \( -name '*.h' -o -name '*.cpp' \) -print0 |
      xargs -0 "$program" --dry-run --Werror
    exit
  fi
done
echo "skipped: clang-format 14 is not installed (Debian package clang-format)"
exit 77
