"""The committed pictures: what is drawn for each file. Needs only NumPy and Pillow."""

import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import fruit
import numpy as np
import signs
from PIL import Image

_FILE = Path(__file__).parent / "catalogue.json"
_DRAW = {"two-class": fruit.draw, "ten-class": signs.draw, "story": fruit.draw}


@dataclass(frozen=True)
class Entry:
    """One file: its folder and name, how large it is, and the seed that decides what is on it."""

    folder: str
    file: str
    width: int
    height: int
    seed: int
    # Chroma subsampling of a .jpg file: 4:2:0 or 4:4:4.
    subsampling: str | None = None
    # Class that is drawn, where the seed does not decide it.
    class_name: str | None = None

    def draw(self):
        """The picture, uint8 RGB [height, width, 3], and its target probabilities."""
        rng = np.random.default_rng(self.seed)
        classes = {} if self.class_name is None else {"classes": np.array([signs.LABELS.index(self.class_name)])}
        aspect = np.array([self.width / self.height])
        pictures, targets = _DRAW[self.folder](rng, 1, self.width, self.height, aspect, **classes)
        return pictures[0], targets[0]

    def encode(self, picture):
        """The bytes of the file, in the format of its extension."""
        options = {
            "png": {"format": "PNG", "optimize": True},
            "bmp": {"format": "BMP"},
            "jpg": {"format": "JPEG", "quality": 90, "subsampling": self.subsampling},
        }[self.file.rpartition(".")[2]]
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, **options)
        return buffer.getvalue()


def read():
    return [Entry(**entry) for entry in json.loads(_FILE.read_text())]


def replace_folder(folder, entries):
    """Writes the catalogue with the entries of one folder replaced."""
    kept = [entry for entry in read() if entry.folder != folder] if _FILE.exists() else []
    rows = [
        {key: value for key, value in asdict(entry).items() if value is not None}
        for entry in sorted([*kept, *entries], key=lambda entry: (entry.folder, entry.file))
    ]
    _FILE.write_text(json.dumps(rows, indent=2) + "\n")
