#!/usr/bin/env python3
"""Opens what `foresight export` writes in programs of others and compares where the joints are.

  tests/tools/check_exports.py RECORDING [--foresight tools/foresight]

BVH and GLB are read by assimp (Debian: python3-pyassimp), USDA by OpenUSD (wheel usd-core), MP4 by
ffprobe. A reader that is not installed is named and skipped; exit code 1 when a file is wrong.
"""

import argparse
import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np

TOLERANCE_M = 1e-3


def rotation_of(wxyz):
    w, x, y, z = wxyz
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def keys_of(keys, count, frame):
    return keys[min(frame, count - 1)].mValue


def local_transform(channel, frame):
    """4 x 4 of an animated node at the n-th key."""
    c = channel.contents
    position = keys_of(c.mPositionKeys, c.mNumPositionKeys, frame)
    rotation = keys_of(c.mRotationKeys, c.mNumRotationKeys, frame)
    result = np.eye(4)
    result[:3, :3] = rotation_of([rotation.w, rotation.x, rotation.y, rotation.z])
    result[:3, 3] = [position.x, position.y, position.z]
    return result


def matrix_of(m):
    return np.array([[getattr(m, f"{r}{c}") for c in "1234"] for r in "abcd"])


def node_positions(node, parent, channels, frame, out):
    name = node.mName.data.decode()
    local = local_transform(channels[name], frame) if name in channels else matrix_of(
        node.mTransformation)
    world = parent @ local
    out[name] = world[:3, 3]
    for i in range(node.mNumChildren):
        node_positions(node.mChildren[i].contents, world, channels, frame, out)


def assimp_positions(file, frames):
    """Per frame {node: position} in the file's own axes and unit."""
    from pyassimp import core

    library = core._assimp_lib
    scene = library.load(str(file).encode(), 0)
    if not scene:
        raise SystemExit(f"{file}: assimp cannot read it")
    content = scene.contents
    animation = content.mAnimations[0].contents
    channels = {}
    for i in range(animation.mNumChannels):
        channel = animation.mChannels[i]
        channels[channel.contents.mNodeName.data.decode()] = channel
    result = []
    for frame in frames:
        positions = {}
        node_positions(content.mRootNode.contents, np.eye(4), channels, frame, positions)
        result.append(positions)
    library.release(scene)
    return result


def usd_positions(file, frames):
    from pxr import Usd, UsdGeom

    stage = Usd.Stage.Open(str(file))
    start = stage.GetStartTimeCode()
    result = []
    for frame in frames:
        cache = UsdGeom.XformCache(start + frame)
        result.append({
            prim.GetName(): np.array(cache.GetLocalToWorldTransform(prim).ExtractTranslation())
            for prim in stage.Traverse() if prim.IsA(UsdGeom.Xform)
        })
    return result


def from_bvh(p):
    """Our world from y up, facing +z, cm."""
    return np.array([p[2], p[0], p[1]]) / 100


def from_gltf(p):
    """Our world from y up, facing +x, m."""
    return np.array([p[0], -p[2], p[1]])


def worst_error(truth, names, frames, found, to_world):
    worst, missing = 0.0, [n for n in names if n not in found[0]]
    if missing:
        raise SystemExit(f"bodies missing in the file: {', '.join(missing)}")
    for frame, positions in zip(frames, found):
        for i, name in enumerate(names):
            worst = max(worst, np.linalg.norm(to_world(positions[name]) - truth[frame, i]))
    return worst


def export(args, format_name, out, *flags):
    subprocess.run([args.foresight, "export", args.recording, "--format", format_name, "--out",
                    str(out), *flags], check=True, stdout=subprocess.DEVNULL)
    return out


def check_video(args, folder):
    if not shutil.which("ffprobe") or not shutil.which("ffmpeg"):
        print("mp4   skipped: ffmpeg and ffprobe are not installed")
        return True
    file = export(args, "mp4", folder / "m.mp4", "--width", "320", "--height", "180")
    said = subprocess.run(["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(file)],
                          check=True, capture_output=True, text=True).stdout
    stream = json.loads(said)["streams"][0]
    good = (stream["codec_name"], stream["pix_fmt"], stream["width"]) == ("h264", "yuv420p", 320)
    print(f"mp4   {stream['codec_name']} {stream['pix_fmt']} {stream['nb_frames']} frames")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recording")
    parser.add_argument("--foresight", default="tools/foresight")
    args = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        motion = np.load(export(args, "npz", folder / "m.npz", "--layout", "tracking"))
        truth, bodies = motion["body_pos_w"], [str(n) for n in motion["body_names"]]
        frames = list(range(0, len(truth), max(1, len(truth) // 50)))
        readers = [
            ("bvh", "pyassimp", assimp_positions, from_bvh),
            ("glb", "pyassimp", assimp_positions, from_gltf),
            ("usda", "pxr", usd_positions, lambda p: p),
        ]
        for kind, module, read, to_world in readers:
            if importlib.util.find_spec(module) is None:
                print(f"{kind:5} skipped: Python module {module} is not installed")
                continue
            file = export(args, kind, folder / f"m.{kind}")
            error = worst_error(truth, bodies, frames, read(file, frames), to_world)
            print(f"{kind:5} worst joint {1000 * error:.4f} mm in {len(frames)} frames")
            good = good and error < TOLERANCE_M
        good = check_video(args, folder) and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
