#!/usr/bin/env bash
# The shell scripts parse, and the wrapper says what to do when nothing is built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fail() {
  echo "failed: $*" >&2
  exit 1
}

for script in tools/setup tools/build tools/run tools/test tools/train tools/foresight tests/fuzz.sh tests/threads.sh .ci/run; do
  [[ -x $script ]] || fail "$script is not executable"
  bash -n "$script" || fail "$script does not parse"
done

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy/tools"
cp tools/foresight tools/train "$copy/tools/"
status=0
message=$("$copy/tools/foresight" info 2>&1) || status=$?
[[ $status == 1 && $message == *"run tools/run"* ]] || fail "unbuilt wrapper: $status, $message"

grep -q -- '--hash=sha256:[0-9a-f]\{64\}$' tools/wheels.txt || fail "tools/wheels.txt has no hashes"
if grep -v '^#' tools/wheels.txt | grep -qv -- '==[0-9.]* --hash=sha256:[0-9a-f]\{64\}$'; then
  fail "a wheel in tools/wheels.txt is not pinned by version and hash"
fi
status=0
tools/train 2>/dev/null || status=$?
[[ $status == 2 ]] || fail "tools/train without arguments ends with $status instead of 2"
status=0
tools/train /no/such/folder --hours 1 2>/dev/null || status=$?
[[ $status == 2 ]] || fail "tools/train without mocap ends with $status instead of 2"
cp tools/run "$copy/tools/"
printf '#!/bin/sh\n' >"$copy/tools/build"
printf '#!/bin/sh\necho "$*"\n' >"$copy/tools/foresight"
chmod +x "$copy/tools/build" "$copy/tools/foresight"
run() { env -u DISPLAY -u WAYLAND_DISPLAY "$copy/tools/run" "$@"; }
[[ $(run) == "run --headless --task joystick --seconds 30 --seed 0 --record"* ]] || fail "tools/run: $(run)"
[[ $(run --seconds 10 --plot=p.svg) == *"--seed 0"*"out/joystick.mp4 --seconds 10 --plot=p.svg" ]] ||
  fail "tools/run --seconds 10: $(run --seconds 10 --plot=p.svg)"
[[ $(run --task-file f.json) != *"--task joystick"* ]] || fail "tools/run --task-file still has its task"
echo "passed"
