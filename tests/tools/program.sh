# Sourced by tests of the program: usage is TEST PROGRAM. They run in a folder of their own, which goes
# with them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
program=$(readlink -f "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() {
  echo "failed: $*" >&2
  cat log >&2
  exit 1
}
run() { "$program" "$@" >log 2>&1 || fail "foresight $*"; }
