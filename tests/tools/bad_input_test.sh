#!/usr/bin/env bash
# Bad input ends with exit code 2 and one line that names file and field; nothing is written. A
# missed target (--require) ends with exit code 3.
# usage: bad_input_test.sh PROGRAM
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
weights=$root/assets/checkpoints/lookahead

# refuses WHAT PATTERN ARGUMENTS...: one line on stderr that matches, and no `out`.
refuses() {
  local what=$1 pattern=$2 status=0
  shift 2
  "$program" "$@" >/dev/null 2>log || status=$?
  [[ $status == 2 ]] || fail "$what: exit code $status instead of 2"
  [[ $(wc -l <log) == 1 ]] || fail "$what: not one line"
  grep -q -- "$pattern" log || fail "$what: does not say \"$pattern\""
  [[ ! -e out ]] || fail "$what: something was written"
}
refuses_mocap() { refuses "$1" "$1.*$2" import "$1" --out out --threads 1; }
refuses_weights() {
  refuses "$1" "$2" run --checkpoint "$1.safetensors" --seconds 1 --threads 1 --quiet \
    --record out/a.rec --json out/a.json
}

# A standing person, as DeepMimic JSON (time step, root, 12 joints).
limb='1,0,0,0, 0, 1,0,0,0, 1,0,0,0, 0'
frame() { echo "[0.0333333, $1,0.9,0, 1,0,0,0, 1,0,0,0, 1,0,0,0, $limb, $limb]"; }
frames=$(frame 0)
for i in {1..30}; do frames+=,$(frame 0); done
echo "{\"Loop\": \"none\", \"Frames\": [$frames]}" >good.txt
"$program" import good.txt --out good --threads 1 >log 2>&1 || fail "good.txt is refused"

head -c 2000 good.txt >truncated.txt
refuses_mocap truncated.txt 'Frames\|JSON\|truncated'
: >empty.bvh
refuses_mocap empty.bvh 'empty'
truncate -s 3G huge.bvh
refuses_mocap huge.bvh 'too large: 3221225472 bytes'
truncate -s 3G huge.txt
refuses_mocap huge.txt 'too large: 3221225472 bytes'
sed 's/none/n\xffne/' good.txt >latin.txt
refuses_mocap latin.txt ':1: not UTF-8'
sed 's/\[0.0333333, 0,/[0.0333333, 400,/2' good.txt >centimetres.txt
refuses_mocap centimetres.txt 'length unit'
printf 'HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 3 Zrotation Xrotation Yrotation\nJOINT b\n{\n' >cyclic.bvh
printf 'OFFSET 0 1 0\nCHANNELS 3 Zrotation Xrotation Yrotation\nJOINT a\n{\n}\n}\n}\n' >>cyclic.bvh
refuses_mocap cyclic.bvh ':10: .*cyclic'
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' >pointer.bvh
refuses_mocap pointer.bvh 'LFS pointer'

# Of several files the good ones are imported; each bad one has its line, and the last one counts.
status=0
"$program" import good.txt empty.bvh latin.txt --out some --threads 1 --quiet --json some.json \
  >/dev/null 2>log || status=$?
[[ $status == 2 && $(wc -l <log) == 3 && -e some.json && -e some/import.csv ]] ||
  fail "two bad files of three: exit code $status"

cp "$weights.json" flipped.json
cp "$weights.safetensors" flipped.safetensors
byte=$(tail -c 1000 flipped.safetensors | head -c 1 | od -An -tu1)
printf "\\x$(printf %x $((byte ^ 1)))" |
  dd of=flipped.safetensors bs=1 seek=$(($(stat -c %s flipped.safetensors) - 1000)) conv=notrunc 2>log
refuses_weights flipped 'flipped.safetensors: checksum .*"sha256"'
cp "$weights.json" short.json
head -c 100000 "$weights.safetensors" >short.safetensors
refuses_weights short 'short.safetensors: .*tensor'
cp "$weights.json" pointer.json
cp pointer.bvh pointer.safetensors
refuses_weights pointer 'pointer.safetensors.*LFS pointer'
cp "$weights.safetensors" damaged.safetensors
sed '0,/"fingerprint": "./s//"fingerprint": "x/' "$weights.json" >damaged.json
refuses_weights damaged 'damaged.json: checksum .*"contract_sha256"'

# Another joint order in a contract that is whole.
cp "$weights.safetensors" order.safetensors
python3 - "$weights.json" >order.json <<'PYTHON'
import hashlib, json, sys
contract = json.load(open(sys.argv[1]))
checksum = lambda c: hashlib.sha256(json.dumps(c, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
assert contract.pop("contract_sha256") == checksum(contract)
joints = contract["character"]["joints"]
joints[0], joints[1] = joints[1], joints[0]
contract["contract_sha256"] = checksum(contract)
json.dump(contract, sys.stdout)
PYTHON
refuses_weights order 'order.safetensors: "character/joints" .* at entry 0'

bench() {
  status=0
  "$program" bench control --random tiny --steps 20 --compare-steps 2 --threads 1 --quiet \
    --require "$1" >log 2>&1 || status=$?
}
bench 'step_ms.p95<=0'
[[ $status == 3 ]] || fail "a missed target: exit code $status instead of 3"
bench 'step_ms.p95>=0'
[[ $status == 0 ]] || fail "a target that is met: exit code $status"
for demand in 'step_ms.p95' 'step_ms.p95=1' 'step_ms.p95<=fast' '<=1' 'step_ms.p96<=1'; do
  bench "$demand"
  [[ $status == 2 ]] || fail "--require $demand: exit code $status instead of 2"
done
echo "passed"
