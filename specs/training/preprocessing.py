"""From a picture file to a network's input, as OpenCV users do it, and what each network expects."""

from pathlib import Path

import cv2
import numpy as np

SIZE = 64
MODELS = Path(__file__).parent.parent / "models"
IMAGES = Path(__file__).parent.parent / "images"


def decode(file_bytes):
    """The picture as cv2.imread gives it (8-bit BGR), stretched to 64x64: [64, 64, 3]."""
    picture = cv2.imdecode(np.frombuffer(file_bytes, np.uint8), cv2.IMREAD_COLOR)
    return cv2.resize(picture, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)


def two_class_planes(bgr):
    """8-bit BGR [..., 64, 64, 3] to float32 BGR planes, mean 128, std 1."""
    return np.ascontiguousarray(np.moveaxis(bgr, -1, -3), dtype=np.float32) - np.float32(128)


def ten_class_planes(bgr):
    """8-bit BGR [..., 64, 64, 3] to float32 RGB planes, mean 127.5, std 127.5."""
    rgb = np.ascontiguousarray(np.moveaxis(bgr[..., ::-1], -1, -3), dtype=np.float32)
    return (rgb - np.float32(127.5)) / np.float32(127.5)
