"""Painting on a batch of pictures at once, with soft-edged shapes given by signed distances.

Coordinates do not depend on the number of pixels: y runs from -0.5 (top) to 0.5 (bottom), x likewise times the aspect
ratio. A picture that will be stretched to a square is drawn with its true aspect ratio, so that a square rendering of
aspect 4/3 looks like a 4:3 picture after the stretch.
"""

import copy

import numpy as np


def per_picture(values):
    """Shapes one value for each picture so that it broadcasts over rows and columns."""
    return np.asarray(values, dtype=np.float32).reshape(-1, 1, 1)


class Canvas:
    """A batch of RGB pictures in the making, channels 0..1, float32."""

    def __init__(self, width, height, aspect, softness):
        """Starts with black pictures.

        aspect: width divided by height of each picture as it will be seen, shape [count].
        softness: half the width of a shape's blurred edge, in picture heights, shape [count].
        """
        count = len(aspect)
        columns = (np.arange(width, dtype=np.float32) + 0.5) / width - 0.5
        rows = (np.arange(height, dtype=np.float32) + 0.5) / height - 0.5
        self.x = columns.reshape(1, 1, width) * per_picture(aspect)
        self.y = np.broadcast_to(rows.reshape(1, height, 1), (count, height, 1))
        self.aspect = np.asarray(aspect, dtype=np.float32)
        self.softness = per_picture(np.maximum(softness, 0.5 / height))
        self.rgb = np.zeros((count, height, width, 3), dtype=np.float32)

    def part(self, chosen):
        """The chosen pictures alone, as a canvas of their own; give them back with `put`."""
        part = copy.copy(self)
        part.x, part.y, part.rgb = self.x[chosen], self.y[chosen], self.rgb[chosen]
        part.aspect, part.softness = self.aspect[chosen], self.softness[chosen]
        return part

    def put(self, chosen, part):
        """Takes the chosen pictures back from a part."""
        self.rgb[chosen] = part.rgb

    def local(self, centre_x, centre_y, size, angle):
        """Coordinates of a shape: origin at its centre, length 1 for its size, turned by angle (radians)."""
        dx = (self.x - per_picture(centre_x)) / per_picture(size)
        dy = (self.y - per_picture(centre_y)) / per_picture(size)
        cos, sin = per_picture(np.cos(angle)), per_picture(np.sin(angle))
        return dx * cos + dy * sin, dy * cos - dx * sin

    def coverage(self, distance, size):
        """How much of each pixel a shape covers (0..1), from its signed distance in units of `size`."""
        inside = np.clip(0.5 - distance * per_picture(size) / (2 * self.softness), 0, 1)
        return inside * inside * (3 - 2 * inside)

    def paint(self, coverage, colour):
        """Lays a colour over the pictures; colour has shape [count, 3] or [count, height, width, 3]."""
        colour = np.asarray(colour, dtype=np.float32)
        if colour.ndim == 2:
            colour = colour[:, None, None, :]
        self.rgb += coverage[..., None] * (colour - self.rgb)

    def waves(self, rng, lowest, highest, terms=5):
        """Smooth random relief in about -1..1, [count, height, width]; frequencies in waves per picture height."""
        count = len(self.aspect)
        relief = np.zeros(self.rgb.shape[:3], dtype=np.float32)
        for _ in range(terms):
            frequency = 2 * np.pi * rng.uniform(lowest, highest, count)
            angle, phase = rng.uniform(0, 2 * np.pi, (2, count))
            along = self.x * per_picture(np.cos(angle)) + self.y * per_picture(np.sin(angle))
            relief += np.sin(along * per_picture(frequency) + per_picture(phase))
        return relief / np.float32(np.sqrt(terms))

    def finish(self, rng, gain, noise):
        """The finished 8-bit pictures: light (gain [count, 3]) and grain (noise [count], standard deviation) added."""
        light = self.rgb * np.asarray(gain, dtype=np.float32)[:, None, None, :]
        grain = rng.standard_normal(self.rgb.shape, dtype=np.float32)
        light += grain * per_picture(noise)[..., None]
        return np.clip(np.rint(light * 255), 0, 255).astype(np.uint8)


def backdrop(canvas, rng):
    """Paints a background: two colours that blend along a slope, relief, and a few blurred patches."""
    count = len(canvas.aspect)
    first, second = rng.uniform(0.08, 0.95, (2, count, 1)) + rng.normal(0, 0.12, (2, count, 3))
    angle = rng.uniform(0, 2 * np.pi, count)
    slope = canvas.x * per_picture(np.cos(angle)) + canvas.y * per_picture(np.sin(angle))
    relief = canvas.waves(rng, 0.5, 5) * per_picture(rng.uniform(0, 0.25, count))
    canvas.rgb[:] = np.clip(first, 0, 1)[:, None, None, :].astype(np.float32)
    canvas.paint(np.clip(slope + relief + 0.5, 0, 1), np.clip(second, 0, 1))
    for _ in range(3):
        size = rng.uniform(0.05, 0.4, count)
        x, y = canvas.local(
            rng.uniform(-0.5, 0.5, count) * canvas.aspect, rng.uniform(-0.5, 0.5, count), size, rng.uniform(0, 3, count)
        )
        distance = np.maximum(np.abs(x) * per_picture(rng.uniform(0.4, 1, count)), np.abs(y)) - 1
        patch = canvas.coverage(distance, size) * per_picture(rng.uniform(0, 0.8, count))
        canvas.paint(patch, rng.uniform(0, 1, (count, 3)))


def light_and_grain(rng, count):
    """Light colour [count, 3] and grain [count] of photographs from good to poor."""
    brightness = rng.uniform(0.65, 1.15, (count, 1))
    cast = rng.normal(1, 0.04, (count, 3))
    return brightness * cast, rng.gamma(2, 0.01, count)
