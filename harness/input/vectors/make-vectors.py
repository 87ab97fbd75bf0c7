"""Writes what OpenCV makes of the pictures in pictures/ and of synthetic pixels, for the tests to compare with.

    python3 make-vectors.py           write *.json anew
    python3 make-vectors.py --check   compare this OpenCV's answers with the *.json as they are

Needs OpenCV and NumPy. The committed files were written with OpenCV 5.0.0 and checked with 4.6.0 (docs/input.md).
Run `npx prettier --write` over the files afterwards.
"""

import base64
import hashlib
import json
import pathlib
import sys

import cv2
import numpy as np

HERE = pathlib.Path(__file__).parent
SHARED = HERE.parents[3] / "shared" / "data" / "images"
# Drawn for the tests that they are refused; OpenCV's releases disagree about some of them.
REFUSED = {"8-rle.bmp", "32-other-masks.bmp", "animated.png", "jpeg-cmyk.jpg"}
INTERPOLATIONS = {
    "linear": cv2.INTER_LINEAR,
    "nearest": cv2.INTER_NEAREST,
    "area": cv2.INTER_AREA,
    "cubic": cv2.INTER_CUBIC,
}

# With IPP, INTER_CUBIC differs by one level here and there: that is Intel's code, not OpenCV's.
if hasattr(cv2, "ipp"):
    cv2.ipp.setUseIPP(False)


def noise(count, seed):
    """Bytes of a linear congruential generator; the tests have the same."""
    state = seed
    values = bytearray(count)
    for i in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        values[i] = (state >> 16) & 255
    return np.frombuffer(bytes(values), np.uint8)


def sha256(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def resize_cases():
    """Sizes: whole factors, exact halves, one pixel, one axis grown and one shrunk, primes; small ones with their pixels."""
    small = [
        (8, 6, 4, 3), (12, 12, 4, 4), (12, 8, 4, 8), (7, 5, 3, 2), (5, 7, 11, 13), (9, 9, 5, 14), (1, 1, 6, 4),
        (6, 4, 1, 1), (10, 10, 9, 9), (9, 9, 10, 10), (16, 4, 4, 16), (3, 2, 17, 5), (13, 11, 2, 10), (2, 9, 7, 9),
    ]
    large = [
        (480, 360, 224, 224), (360, 480, 224, 224), (448, 448, 224, 224), (97, 61, 224, 224), (300, 300, 299, 299),
        (640, 427, 256, 171), (224, 224, 64, 64), (224, 224, 32, 32), (33, 57, 128, 19), (256, 100, 255, 101),
    ]
    seed = 1
    for interpolation, flag in INTERPOLATIONS.items():
        for channels in (1, 3):
            for width, height, to_width, to_height in small + large:
                seed += 1
                source = noise(width * height * channels, seed).reshape(height, width, channels)
                target = cv2.resize(source, (to_width, to_height), interpolation=flag)
                answer = (
                    {"pixels": base64.b64encode(np.ascontiguousarray(target).tobytes()).decode()}
                    if to_width * to_height < 300
                    else {"sha256": sha256(target)}
                )
                yield {
                    "interpolation": interpolation,
                    "channels": channels,
                    "seed": seed,
                    "from": [width, height],
                    "to": [to_width, to_height],
                    **answer,
                }


def picture_facts(path):
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        return None
    return {
        "width": bgr.shape[1],
        "height": bgr.shape[0],
        "bgr": sha256(bgr),
        "grey": sha256(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)),
    }


def letterboxed(bgr, width, height, scaled, offset, pad):
    canvas = np.full((height, width, 3), pad, np.uint8)
    x, y = offset
    canvas[y : y + scaled[1], x : x + scaled[0]] = cv2.resize(bgr, scaled, interpolation=cv2.INTER_LINEAR)
    return canvas


def normalised(pixels, mean, std, layout):
    values = (pixels.astype(np.float32) - np.array(mean, np.float32)) / np.array(std, np.float32)
    values = values[None] if layout == "NHWC" else values.transpose(2, 0, 1)[None]
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


def preprocess_cases():
    """Declarations as a spec has them, and the tensor that OpenCV and NumPy make by hand-written steps (picture 40 x 28)."""
    bgr = cv2.imread(str(HERE / "pictures" / "rgb.png"), cv2.IMREAD_COLOR)
    assert bgr.shape == (28, 40, 3)
    rgb = bgr[:, :, ::-1]
    imagenet = {"mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375]}
    yield (
        "crop and stretch",
        {"crop": {"x": 3, "y": 5, "width": 30, "height": 20}, "resize": {"width": 8, "height": 6},
         "channelOrder": "bgr", "mean": 128, "layout": "NCHW"},
        normalised(cv2.resize(bgr[5:25, 3:33], (8, 6)), 128, 1, "NCHW"),
    )
    yield (
        "centre square, ImageNet statistics",
        {"crop": "centre-square", "resize": {"width": 7, "height": 7, "interpolation": "area"},
         "channelOrder": "rgb", **imagenet, "layout": "NHWC"},
        normalised(
            cv2.resize(rgb[:, 6:34], (7, 7), interpolation=cv2.INTER_AREA), imagenet["mean"], imagenet["std"], "NHWC"
        ),
    )
    yield (
        "cover",
        {"resize": {"width": 10, "height": 10, "mode": "cover", "interpolation": "cubic"},
         "channelOrder": "bgr", "mean": 127.5, "std": 127.5, "layout": "NCHW"},
        normalised(
            cv2.resize(bgr, (14, 10), interpolation=cv2.INTER_CUBIC)[:, 2:12], 127.5, 127.5, "NCHW"
        ),
    )
    yield (
        "letterbox",
        {"resize": {"width": 12, "height": 12, "mode": "letterbox", "pad": 114},
         "channelOrder": "rgb", "std": 255, "layout": "NCHW"},
        normalised(letterboxed(bgr, 12, 12, (12, 8), (0, 2), 114)[:, :, ::-1], 0, 255, "NCHW"),
    )
    yield (
        "grey",
        {"crop": {"centre": {"width": 11, "height": 9}}, "channelOrder": "grey", "mean": [33.3], "std": [0.7],
         "layout": "NHWC"},
        normalised(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)[9:18, 14:25, None], 33.3, 0.7, "NHWC"),
    )


def vectors():
    yield "resize.json", list(resize_cases())
    pictures = sorted(path for path in (HERE / "pictures").iterdir() if path.name not in REFUSED)
    yield "pictures.json", {path.name: picture_facts(path) for path in pictures}
    yield "preprocess.json", [
        {"name": name, "declaration": declaration, "float32": values} for name, declaration, values in preprocess_cases()
    ]
    if SHARED.is_dir():
        shared = sorted(path for path in SHARED.rglob("*") if path.is_file())
        yield "shared-pictures.json", {str(path.relative_to(SHARED)): picture_facts(path) for path in shared}


def main():
    print("OpenCV", cv2.__version__, "NumPy", np.__version__)
    for name, content in vectors():
        path = HERE / name
        if "--check" in sys.argv:
            print(name, "agrees" if json.loads(path.read_text()) == content else "DIFFERS")
        else:
            path.write_text(json.dumps(content, indent=1) + "\n")
            print(name, "written")


main()
