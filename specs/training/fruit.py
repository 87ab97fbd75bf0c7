"""Pictures of the two-class task: a fruit between apple (class 0) and plum (class 1).

Three traits move the fruit from one kind to the other: colour (red to blue-violet), shape (broad with a dimple to long
and pointed) and skin (glossy with a white highlight to matt with pale bloom). Each is drawn around a common lean, so they
may contradict each other, and the target is a probability, not a label: a network trained on it is unsure where the
picture is. Exchanging red and blue turns the colour trait around; reading bright bytes as negative destroys the highlight.
"""

import numpy as np

from canvas import Canvas, backdrop, light_and_grain, per_picture

LABELS = ["apple", "plum"]

# Colours of the skin from apple to plum: red, purple, blue-violet.
_RED = np.array([0.82, 0.13, 0.12], dtype=np.float32)
_PURPLE = np.array([0.50, 0.12, 0.46], dtype=np.float32)
_VIOLET = np.array([0.20, 0.17, 0.66], dtype=np.float32)

_WEIGHTS = {"colour": 0.40, "shape": 0.35, "skin": 0.25}
_STEEPNESS = 15.0


def draw(rng, count, width, height, aspect):
    """Draws pictures.

    Returns uint8 RGB [count, height, width, 3] and the target probabilities float32 [count, 2].
    """
    traits = _traits(rng, count)
    canvas = Canvas(width, height, aspect, softness=rng.uniform(0.006, 0.035, count))
    backdrop(canvas, rng)
    _fruit(canvas, rng, traits)
    gain, grain = light_and_grain(rng, count)
    return canvas.finish(rng, gain, grain), _targets(traits)


def target(rng):
    """The target of the picture that `draw` would draw first from this generator; far quicker than drawing it."""
    return _targets(_traits(rng, 1))[0]


def _traits(rng, count):
    lean = rng.beta(0.6, 0.6, count)
    return dict(zip(_WEIGHTS, np.clip(lean + rng.normal(0, 0.22, (3, count)), 0, 1)))


def _targets(traits):
    score = sum(weight * traits[name] for name, weight in _WEIGHTS.items())
    plum = 1 / (1 + np.exp(-_STEEPNESS * (score - 0.5)))
    return np.stack([1 - plum, plum], axis=1).astype(np.float32)


def _fruit(canvas, rng, traits):
    count = len(canvas.aspect)
    shape, skin = per_picture(traits["shape"]), per_picture(traits["skin"])
    size = rng.uniform(0.22, 0.40, count)
    x, y = canvas.local(
        rng.uniform(-0.12, 0.12, count) * canvas.aspect,
        rng.uniform(-0.10, 0.10, count),
        size,
        rng.normal(0, 0.3, count),
    )
    distance = _outline(x, y, shape)
    _shadow(canvas, rng, x, y, size)
    _stem(canvas, rng, x, y, traits["shape"], size)

    # The fruit as a ball lit from above: z is how far its skin rises towards the viewer.
    z = np.sqrt(np.clip(1 - (distance + 1) ** 2, 0, 1))
    light_x, light_y = rng.uniform(-0.6, 0.6, count), rng.uniform(-0.7, -0.1, count)
    shade = 0.55 + 0.45 * z - 0.25 * (x * -per_picture(light_x) + y * -per_picture(light_y))
    colour = _skin_colour(canvas, rng, traits["colour"], y) * shade[..., None]

    bloom = skin * np.clip(0.5 + 0.5 * canvas.waves(rng, 1, 6), 0, 1) * 0.5
    colour += bloom[..., None] * (np.float32([0.72, 0.74, 0.84]) - colour)
    suture = np.exp(-(((x - 0.25 * (1 - y * y)) / 0.06) ** 2)) * shape
    colour *= 1 - 0.45 * suture[..., None]
    spot = ((x - per_picture(light_x)) ** 2 + (y - per_picture(light_y)) ** 2) / per_picture(rng.uniform(0.02, 0.07, count))
    highlight = np.exp(-spot) * (1 - skin) * 0.95
    colour += highlight[..., None] * (1 - colour)
    canvas.paint(canvas.coverage(distance, size), colour)


def _outline(x, y, shape):
    """Signed distance, about 0 on the skin: from broad with a dimple on top to long with a pointed end."""
    x = x / (1 - 0.26 * shape)
    y = y / (0.92 + 0.20 * shape)
    radius = np.sqrt(x * x + y * y) + 1e-6
    upwards = -y / radius
    dimple = 0.30 * (1 - shape) * np.clip(upwards, 0, 1) ** 14
    point = 0.16 * shape * np.clip(np.abs(upwards), 0, 1) ** 10
    return radius / (1 - dimple + point) - 1


def _skin_colour(canvas, rng, trait, y):
    count = len(trait)
    trait = np.asarray(trait, dtype=np.float32)[:, None]
    lower, upper = np.clip(trait * 2, 0, 1), np.clip(trait * 2 - 1, 0, 1)
    base = (_RED + lower * (_PURPLE - _RED)) + upper * (_VIOLET - _PURPLE)
    base = base * rng.uniform(0.75, 1.2, (count, 1)) + rng.normal(0, 0.03, (count, 3))
    # A greenish yellow cheek, which both fruits may have before they are ripe.
    cheek = np.clip(canvas.waves(rng, 0.4, 1.5) * 0.5 + y * 0.4, 0, 1) * per_picture(rng.beta(1, 3, count) * 0.8)
    colour = base.astype(np.float32)[:, None, None, :]
    return colour + cheek[..., None] * (np.float32([0.72, 0.70, 0.18]) - colour)


def _shadow(canvas, rng, x, y, size):
    offset = per_picture(rng.uniform(-0.3, 0.3, len(size)))
    distance = np.sqrt((x - offset) ** 2 + ((y - 0.85) / 0.3) ** 2) - 1
    dark = np.clip(-distance, 0, 1) * per_picture(rng.uniform(0.2, 0.8, len(size)))
    canvas.rgb *= 1 - dark[..., None]


def _stem(canvas, rng, x, y, shape, size):
    count = len(size)
    bend = per_picture(rng.normal(0, 0.15, count))
    length = per_picture(0.45 - 0.25 * np.asarray(shape))
    top = y + 0.75
    stem = np.maximum(np.abs(x - bend * top) - 0.06, np.abs(top + length / 2) - length / 2)
    canvas.paint(canvas.coverage(stem, size), np.tile(np.float32([0.30, 0.20, 0.10]), (count, 1)))
    has_leaf = rng.random(count) < 0.4
    leaf = np.sqrt(((x - 0.35) / 0.38) ** 2 + ((y + 1.0 + 0.3 * (x - 0.35)) / 0.15) ** 2) - 1
    green = np.clip(rng.normal([0.25, 0.50, 0.15], 0.06, (count, 3)), 0, 1)
    canvas.paint(canvas.coverage(leaf, size * 0.2) * per_picture(has_leaf), green)
