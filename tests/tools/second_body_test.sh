#!/usr/bin/env bash
# Another body goes the whole way: import, expert, rollouts, look-ahead model, run. Nothing is learnt
# in so few steps; every stage must accept the body and what the stage before wrote.
# usage: second_body_test.sh PROGRAM
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
body=$root/tests/fixtures/walker.json

# The source motion: four seconds of standing, as DeepMimic JSON (time step, root, 12 joints).
limb='1,0,0,0, 0, 1,0,0,0, 1,0,0,0, 0'
frame="[0.0333333, 0,0.9,0, 1,0,0,0, 1,0,0,0, 1,0,0,0, $limb, $limb]"
frames=$frame
for _ in {1..120}; do frames+=",$frame"; done
echo "{\"Loop\": \"none\", \"Frames\": [$frames]}" >stand.txt
run import stand.txt --character "$body" --out clips
run train expert --clips clips --character "$body" --worlds 8 --samples 400 --threads 1 --out expert
run collect --expert expert/expert.safetensors --clips clips --character "$body" --worlds 8 \
  --hours 0.01 --noise 0 --kick 0 --threads 1 --out walker.rollouts
run train lookahead --rollouts walker.rollouts --character "$body" --model tiny --batch 4 --steps 2 \
  --threads 1 --out model
run run --character "$body" --checkpoint model/lookahead.safetensors --seconds 1 --threads 1 \
  --record walker.rec --json walker.json
run replay walker.rec --character "$body" --validate
echo '{"name": "to a place", "stages": [{"terms": [{"term": "approach", "goal_x": 2, "weight": 2}]}]}' >task.json
run run --character "$body" --checkpoint model/lookahead.safetensors --seconds 1 --threads 1 \
  --task-file task.json --record task.rec
run replay task.rec --character "$body" --controller --checkpoint model/lookahead.safetensors --validate

status=0
"$program" run --checkpoint model/lookahead.safetensors --seconds 1 >log 2>&1 || status=$?
[[ $status == 2 ]] || { echo "another body's weights end with $status instead of 2" >&2; exit 1; }
echo "passed"
