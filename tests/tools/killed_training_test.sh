#!/usr/bin/env bash
# Trainings that are killed (SIGKILL) between two saves go on as if nothing had happened.
# usage: killed_training_test.sh PROGRAM
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
body=$root/tests/fixtures/walker.json

rows() { { wc -l <"$1"; } 2>/dev/null || echo 0; }

# killed STATE CURVE ARGUMENTS...: ends the training with SIGKILL when it has saved STATE and then
# added to CURVE.
killed() {
  local state=$1 curve=$2 pid before
  shift 2
  "$program" "$@" >log 2>&1 &
  pid=$!
  until [[ -e $state ]]; do
    kill -0 "$pid" 2>/dev/null || fail "ended before a save: foresight $*"
    sleep 0.02
  done
  before=$(rows "$curve")
  while (($(rows "$curve") <= before)); do
    kill -0 "$pid" 2>/dev/null || fail "ended before it could be killed: foresight $*"
    sleep 0.02
  done
  kill -KILL "$pid"
  local status=0
  wait "$pid" 2>/dev/null || status=$?
  [[ $status == 137 ]] || fail "was not killed: exit code $status"
}

# The source motion: five seconds of standing, as DeepMimic JSON (time step, root, 12 joints).
limb='1,0,0,0, 0, 1,0,0,0, 1,0,0,0, 0'
frame="[0.0333333, 0,0.9,0, 1,0,0,0, 1,0,0,0, 1,0,0,0, $limb, $limb]"
frames=$frame
for _ in {1..150}; do frames+=",$frame"; done
echo "{\"Loop\": \"none\", \"Frames\": [$frames]}" >stand.txt
run import stand.txt --character "$body" --out clips --threads 1

# 64 iterations of 8 worlds and 24 steps.
expert=(train expert --clips clips --character "$body" --worlds 8 --samples 12288 --threads 1
  --out expert)
killed expert/expert_training.safetensors expert/expert.csv "${expert[@]}" --save-minutes 0.002
run "${expert[@]}" --json expert.json
diff <(cut -d, -f1 expert/expert.csv) <(echo iteration; seq 64) >log ||
  fail "rows of the expert's curve are missing or double"
grep -q '"iterations": 64' expert.json || fail "the expert's training did not go on"

run collect --expert expert/expert.safetensors --clips clips --character "$body" --worlds 8 \
  --hours 0.02 --noise 0 --kick 0 --threads 1 --out walker.rollouts --json collected.json
grep -q '"stretches"' collected.json || fail "collect --json tells nothing"
lookahead=(train lookahead --rollouts walker.rollouts --character "$body" --model tiny --batch 4
  --steps 500 --threads 1 --quiet)
run "${lookahead[@]}" --out whole --json whole.json
killed parts/training_state.safetensors parts/training.csv "${lookahead[@]}" --out parts \
  --save-minutes 0.01
run "${lookahead[@]}" --out parts --resume --json parts.json
diff <(cut -d, -f1,3- whole/training.csv) <(cut -d, -f1,3- parts/training.csv) >log ||
  fail "the training's curve is another one"
diff whole/validation.csv parts/validation.csv >log || fail "the validation's curve is another one"
cmp whole/lookahead.safetensors parts/lookahead.safetensors >log || fail "the weights are others"
[[ $(rows whole/training.csv) == 11 && $(rows whole/validation.csv) == 4 ]] ||
  fail "the curves are not whole"
echo "passed"
