"""What the RK1808 runtime makes of an input buffer, as far as its documentation and its binary tell (pass_through = 0).

The order of operations: read the elements as declared, to float, reorder the channels, minus mean, divided by std,
store in half precision with the mantissa truncated. Mean and std count channels after the reorder, and apply whatever
type and layout the caller declares. A model of published behaviour, not measured on silicon.
"""

import numpy as np

_TYPES = {"uint8": np.uint8, "int8": np.int8, "float32": np.dtype("<f4")}


def network_input(buffer, dtype, layout, size, mean, std, reorder):
    """The planes [3, size, size], float32, that reach an fp16 network.

    buffer: the caller's bytes; dtype and layout: what the caller declares them to be.
    mean, std, reorder: what was fixed when the model was converted; reorder is (0, 1, 2) or (2, 1, 0).
    """
    elements = np.frombuffer(buffer, _TYPES[dtype])
    if layout == "NHWC":
        planes = elements.reshape(size, size, 3).transpose(2, 0, 1)
    else:
        planes = elements.reshape(3, size, size)
    planes = planes.astype(np.float32)[list(reorder)]
    planes = (planes - np.float32(mean)) / np.float32(std)
    return _half_truncated(planes)


def _half_truncated(values):
    """Rounds toward zero to half precision, clamped to +-65504, subnormals to zero; as float32."""
    nearest = np.clip(values, -65504, 65504).astype(np.float16)
    too_big = np.abs(nearest.astype(np.float32)) > np.abs(values)
    half = np.where(too_big, np.nextafter(nearest, np.float16(0)), nearest).astype(np.float32)
    return np.where(np.abs(half) < 2.0**-14, np.float32(0), half)


# The published case: a network trained on BGR planes with mean 128, fed with OpenCV's interleaved BGR bytes or with
# float planes B, G, R minus 128. For each setting: how it is wrong, if it is.
STORY_SETTINGS = {
    "correct_bytes": {
        "setting": "mean 128, std 1, reorder 0 1 2; BGR bytes declared UINT8 NHWC",
        "buffer": "bytes", "dtype": "uint8", "layout": "NHWC", "mean": 128, "reorder": (0, 1, 2),
    },
    "correct_float_planes": {
        "setting": "mean 0, std 1, reorder 0 1 2; float planes B, G, R minus 128 declared FLOAT32 NCHW",
        "buffer": "planes", "dtype": "float32", "layout": "NCHW", "mean": 0, "reorder": (0, 1, 2),
    },
    "int8_nhwc_mean128_reorder210": {
        "setting": "mean 128, std 1, reorder 2 1 0; BGR bytes declared INT8 NHWC: bytes of 128 and more read as"
        " negative, red and blue exchanged",
        "buffer": "bytes", "dtype": "int8", "layout": "NHWC", "mean": 128, "reorder": (2, 1, 0),
    },
    "int8_declared_nchw_mean128_reorder210": {
        "setting": "as before, the interleaved bytes declared INT8 NCHW",
        "buffer": "bytes", "dtype": "int8", "layout": "NCHW", "mean": 128, "reorder": (2, 1, 0),
    },
    "float_nchw_mean0_reorder210": {
        "setting": "mean 0, std 1, reorder 2 1 0; float planes B, G, R minus 128 declared FLOAT32 NCHW: red and blue"
        " exchanged",
        "buffer": "planes", "dtype": "float32", "layout": "NCHW", "mean": 0, "reorder": (2, 1, 0),
    },
}


def story_input(bgr, name):
    """The input that the network gets from a picture (uint8 BGR [size, size, 3]) under a setting of the story."""
    setting = STORY_SETTINGS[name]
    if setting["buffer"] == "bytes":
        buffer = np.ascontiguousarray(bgr).tobytes()
    else:
        buffer = (bgr.transpose(2, 0, 1).astype("<f4") - np.float32(128)).tobytes()
    return network_input(
        buffer, setting["dtype"], setting["layout"], len(bgr), setting["mean"], 1, setting["reorder"]
    )
