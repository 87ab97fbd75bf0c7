"""Pictures of the ten-class task: traffic signs on a wayside.

Several classes share a shape and differ in colour or in one stroke, so both colour order and layout matter. Light,
fading, blur, grain and things in front of the sign make some pictures hard. On half of the pictures a second sign shows
through, as in a reflection; the target is then shared between the two classes, the more evenly the stronger the second
is. A network trained on it is unsure where the picture is.
"""

import numpy as np

from canvas import Canvas, backdrop, light_and_grain, per_picture

LABELS = [
    "no-entry",
    "ahead-only",
    "give-way",
    "warning",
    "priority-road",
    "no-stopping",
    "no-parking",
    "no-vehicles",
    "end-of-limits",
    "one-way",
]

# How fast the target moves to the second sign with the strength of its reflection (0..0.5).
_STEEPNESS = 14.0

_RED = (0.76, 0.07, 0.10)
_BLUE = (0.05, 0.25, 0.68)
_YELLOW = (0.96, 0.74, 0.08)
_WHITE = (0.95, 0.95, 0.93)
_BLACK = (0.08, 0.08, 0.09)


def draw(rng, count, width, height, aspect, classes=None):
    """Draws pictures of the given classes (numbers, [count]), or of random ones.

    Returns uint8 RGB [count, height, width, 3] and the target probabilities float32 [count, 10].
    """
    if classes is None:
        classes = rng.integers(0, len(LABELS), count)
    others = (classes + rng.integers(1, len(LABELS), count)) % len(LABELS)
    strength = np.where(rng.random(count) < 0.5, rng.uniform(0, 0.5, count), 0)
    canvas = Canvas(width, height, aspect, softness=rng.uniform(0.006, 0.045, count))
    backdrop(canvas, rng)
    _sign(canvas, rng, classes, others, strength)
    _things_in_front(canvas, rng)
    gain, grain = light_and_grain(rng, count)
    return canvas.finish(rng, gain, grain), _targets(classes, others, strength)


def _targets(classes, others, strength):
    other = np.where(strength > 0, 1 / (1 + np.exp(-_STEEPNESS * (strength - 0.5))), 0)
    one_hot = np.eye(len(LABELS))
    return (one_hot[classes] * (1 - other[:, None]) + one_hot[others] * other[:, None]).astype(np.float32)


def _sign(canvas, rng, classes, others, strength):
    count = len(classes)
    size = rng.uniform(0.18, 0.44, count)
    x, y = canvas.local(
        rng.uniform(-0.14, 0.14, count) * canvas.aspect,
        rng.uniform(-0.12, 0.12, count),
        size,
        rng.normal(0, 0.12, count),
    )
    # Seen from the side, a sign is narrower; its post goes down from the centre.
    x = x / per_picture(rng.uniform(0.75, 1.0, count))
    _layer(canvas, size, np.maximum(np.abs(x) - 0.07, -y), rng.uniform(0.2, 0.6, (count, 1)) * np.ones(3))
    fading = rng.beta(1, 3, (count, 1)) * 0.7
    tint = rng.normal(1, 0.08, (count, 3))
    mirrored = np.where(rng.random((count, 1, 1)) < 0.5, -1, 1).astype(np.float32) * x
    for numbers, opacity in ((classes, np.ones(count)), (others, strength)):
        for number, strokes in enumerate(_STROKES):
            chosen = (numbers == number) & (opacity > 0)
            if not chosen.any():
                continue
            part = canvas.part(chosen)
            coordinates = (x[chosen], y[chosen], mirrored[chosen])
            for shape, colour in strokes:
                faded = colour + fading[chosen] * (0.62 - np.float32(colour))
                _layer(part, size[chosen], shape(*coordinates), np.clip(faded * tint[chosen], 0, 1), opacity[chosen])
            canvas.put(chosen, part)


def _layer(canvas, size, distance, colour, opacity=1.0):
    canvas.paint(canvas.coverage(distance, size) * per_picture(opacity), colour)


def _things_in_front(canvas, rng):
    """Leaves or dirt over some of the pictures."""
    count = len(canvas.aspect)
    for _ in range(3):
        size = rng.uniform(0.02, 0.11, count)
        x, y = canvas.local(
            rng.uniform(-0.35, 0.35, count), rng.uniform(-0.35, 0.35, count), size, rng.uniform(0, 3, count)
        )
        distance = np.sqrt(x * x + (y * per_picture(rng.uniform(1, 3, count))) ** 2) - 1
        shown = per_picture(rng.random(count) < 0.45)
        canvas.paint(canvas.coverage(distance, size) * shown, rng.uniform(0.05, 0.7, (count, 3)))


def _disk(radius):
    return lambda x, y, _: np.sqrt(x * x + y * y) - radius


def _ring(radius, half_width):
    return lambda x, y, _: np.abs(np.sqrt(x * x + y * y) - radius) - half_width


def _box(half_width, half_height):
    return lambda x, y, _: np.maximum(np.abs(x) - half_width, np.abs(y) - half_height)


def _diamond(apothem):
    return lambda x, y, _: (np.abs(x) + np.abs(y)) * np.float32(np.sqrt(0.5)) - apothem


def _triangle(apothem, up):
    """Equilateral, its centre in the origin; up is 1 for a point on top, -1 for a point below."""
    side = np.float32(np.sqrt(0.75))
    return lambda x, y, _: np.maximum(up * y, side * np.abs(x) - 0.5 * up * y) - apothem


def _slash(half_width, both_ways=False):
    """A diagonal stroke within the unit disk; its side is mirrored for half of the pictures."""

    def distance(x, y, mirrored):
        diagonal = np.float32(np.sqrt(0.5))
        across = np.abs(mirrored + y) * diagonal
        if both_ways:
            across = np.minimum(across, np.abs(mirrored - y) * diagonal)
        return np.maximum(across - half_width, np.sqrt(x * x + y * y) - 0.85)

    return distance


def _arrow_up(x, y, _):
    head = np.maximum((np.abs(x) - 0.75 * (y + 0.8)) * 0.8, y + 0.15)
    shaft = np.maximum(np.abs(x) - 0.13, np.abs(y - 0.15) - 0.5)
    return np.minimum(head, shaft)


def _arrow_sideways(_, y, mirrored):
    return _arrow_up(y, mirrored, None)


def _strokes_of_mark(x, y, _):
    """An exclamation mark."""
    bar = np.maximum(np.abs(x) - 0.09 + 0.06 * y, np.abs(y + 0.12) - 0.26)
    return np.minimum(bar, np.sqrt(x * x + (y - 0.30) ** 2) - 0.09)


# For each class what is painted, from back to front: signed distance and colour.
_STROKES = [
    [(_disk(1.0), _WHITE), (_disk(0.94), _RED), (_box(0.68, 0.19), _WHITE)],
    [(_disk(1.0), _WHITE), (_disk(0.94), _BLUE), (_arrow_up, _WHITE)],
    [(_triangle(0.62, -1), _RED), (_triangle(0.36, -1), _WHITE)],
    [(_triangle(0.62, 1), _RED), (_triangle(0.40, 1), _WHITE), (_strokes_of_mark, _BLACK)],
    [(_diamond(0.80), _WHITE), (_diamond(0.58), _YELLOW)],
    [(_disk(1.0), _RED), (_disk(0.80), _BLUE), (_slash(0.11, both_ways=True), _RED)],
    [(_disk(1.0), _RED), (_disk(0.80), _BLUE), (_slash(0.11), _RED)],
    [(_disk(1.0), _RED), (_disk(0.74), _WHITE)],
    [(_disk(1.0), _BLACK), (_disk(0.93), _WHITE), (_slash(0.14), _BLACK)],
    [(_box(1.0, 0.62), _WHITE), (_box(0.95, 0.57), _BLUE), (_arrow_sideways, _WHITE)],
]
