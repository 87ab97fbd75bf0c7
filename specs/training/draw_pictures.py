"""Draws the committed pictures of the catalogue into ../images."""

from pathlib import Path

import catalogue

IMAGES = Path(__file__).parent.parent / "images"


def main():
    for entry in catalogue.read():
        path = IMAGES / entry.folder / entry.file
        path.parent.mkdir(parents=True, exist_ok=True)
        picture, _ = entry.draw()
        path.write_bytes(entry.encode(picture))
        print(f"{path.relative_to(IMAGES)}: {entry.width}x{entry.height}, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
