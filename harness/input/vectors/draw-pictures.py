"""Draws the pictures in pictures/: small files of every kind that the decoder promises to read as OpenCV does.

    python3 draw-pictures.py

Needs Pillow and NumPy. Committed as drawn with Pillow 12; another Pillow may write other bytes, so run
make-vectors.py after it.
"""

import pathlib
import struct
import zlib

import numpy as np
from PIL import Image

OUT = pathlib.Path(__file__).parent / "pictures"
WIDTH, HEIGHT = 40, 28


def scene():
    """Waves in each channel, a red block with sharp edges, noise."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    red = 128 + 90 * np.sin(x / 5) + 30 * np.cos(y / 3)
    green = 128 + 80 * np.cos((x + y) / 7)
    blue = 255 * x / (WIDTH - 1)
    pixels = np.stack([red, green, blue], -1) + np.random.default_rng(5).normal(0, 12, (HEIGHT, WIDTH, 3))
    pixels[8:15, 10:21] = [255, 0, 0]
    return np.clip(pixels, 0, 255).astype(np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(name, width, depth, colour_type, rows, extra=b""):
    header = struct.pack(">IIBBBBB", width, len(rows), depth, colour_type, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    (OUT / name).write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def bmp(name, width, bits, rows, *, compression=0, header_bytes=40, masks=(), palette=b"", used=0, top_down=False):
    body = b"".join(row + b"\0" * (-len(row) % 4) for row in (rows if top_down else rows[::-1]))
    if header_bytes == 12:
        header = struct.pack("<IHHHH", 12, width, len(rows), 1, bits)
    else:
        height = -len(rows) if top_down else len(rows)
        header = struct.pack("<IiiHHIIiiII", header_bytes, width, height, 1, bits, compression, len(body), 0, 0, used, 0)
        header += struct.pack(f"<{len(masks)}I", *masks).ljust(header_bytes - 40, b"\0")
    offset = 14 + len(header) + len(palette)
    (OUT / name).write_bytes(b"BM" + struct.pack("<IHHI", offset + len(body), 0, 0, offset) + header + palette + body)


def jpegs(colour):
    for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
        colour.save(OUT / f"jpeg-{subsampling.replace(':', '')}.jpg", quality=85, subsampling=subsampling)
    colour.save(OUT / "jpeg-progressive.jpg", quality=40, progressive=True)
    colour.save(OUT / "jpeg-restarts.jpg", quality=60, restart_marker_rows=1)
    colour.save(OUT / "jpeg-rgb.jpg", quality=85, keep_rgb=True)
    colour.convert("L").save(OUT / "jpeg-grey.jpg", quality=85)
    colour.convert("CMYK").save(OUT / "jpeg-cmyk.jpg", quality=60)
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[0x112] = orientation
        colour.resize((21, 10)).save(OUT / f"jpeg-exif-{orientation}.jpg", quality=60, exif=exif)
    colour.save(OUT / "png-named.jpg", format="PNG")


def pngs(pixels, colour):
    colour.save(OUT / "rgb.png")
    alpha = np.linspace(0, 255, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH, 1).astype(np.uint8)
    rgba = Image.fromarray(np.concatenate([pixels, alpha], -1))
    rgba.save(OUT / "rgba.png")
    rgba.convert("LA").save(OUT / "grey-alpha.png")
    colour.convert("L").save(OUT / "grey.png")
    colour.convert("1").save(OUT / "bilevel.png")
    colour.quantize(200).save(OUT / "palette-8.png")
    colour.quantize(13).save(OUT / "palette-4.png", bits=4)
    colour.quantize(13).save(OUT / "palette-transparent.png", bits=4, transparency=3)
    exif = Image.Exif()
    exif[0x112] = 6
    colour.resize((21, 10)).save(OUT / "exif-6.png", exif=exif)
    colour.resize((9, 6)).save(
        OUT / "animated.png", save_all=True, append_images=[colour.resize((9, 6)).rotate(180)], duration=50
    )
    random = np.random.default_rng(6)
    for name, colour_type, channels in (("rgb", 2, 3), ("rgba", 6, 4), ("grey", 0, 1), ("grey-alpha", 4, 2)):
        samples = random.integers(0, 65536, (7, 11 * channels)).astype(">u2")
        png(f"{name}-16.png", 11, 16, colour_type, [row.tobytes() for row in samples])
    nibbles = random.integers(0, 256, (7, 6)).astype(np.uint8)
    png("grey-4.png", 11, 4, 0, [row.tobytes() for row in nibbles])
    rows = [row.tobytes() for row in pixels[:6, :9].reshape(6, -1)]
    png("transparent-colour.png", 9, 8, 2, rows, chunk(b"tRNS", struct.pack(">HHH", *(int(v) for v in pixels[0, 0]))))
    png("gamma.png", 9, 8, 2, rows, chunk(b"gAMA", struct.pack(">I", 100000)))


def bmps():
    random = np.random.default_rng(9)
    width, height = 13, 7
    pixels = random.integers(0, 256, (height, width, 4)).astype(np.uint8)
    rows24 = [row.tobytes() for row in pixels[:, :, :3]]
    rows32 = [row.tobytes() for row in pixels]
    rows16 = [row.tobytes() for row in random.integers(0, 65536, (height, width)).astype("<u2")]
    bgra = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    bmp("24.bmp", width, 24, rows24)
    bmp("24-top-down.bmp", width, 24, rows24, top_down=True)
    bmp("24-os2.bmp", width, 24, rows24, header_bytes=12)
    bmp("32.bmp", width, 32, rows32)
    bmp("32-masks.bmp", width, 32, rows32, compression=3, header_bytes=52, masks=bgra[:3])
    bmp("32-alpha.bmp", width, 32, rows32, compression=3, header_bytes=124, masks=bgra)
    bmp("32-other-masks.bmp", width, 32, rows32, compression=3, header_bytes=124, masks=(0xFF, 0xFF00, 0xFF0000, 0))
    bmp("16-555.bmp", width, 16, rows16)
    bmp("16-555-masks.bmp", width, 16, rows16, compression=3, masks=(0x7C00, 0x3E0, 0x1F))
    bmp("16-565-masks.bmp", width, 16, rows16, compression=3, masks=(0xF800, 0x7E0, 0x1F))
    for bits in (1, 4, 8):
        rows = [random.integers(0, 256, (width * bits + 7) // 8).astype(np.uint8).tobytes() for _ in range(height)]
        colours = random.integers(0, 256, (2**bits, 3)).astype(np.uint8)
        greys = np.repeat(colours[:, :1], 3, 1)
        padded = lambda entries: np.pad(entries, ((0, 0), (0, 1))).tobytes()
        bmp(f"{bits}-palette.bmp", width, bits, rows, palette=padded(colours))
        bmp(f"{bits}-grey.bmp", width, bits, rows, palette=padded(greys))
        bmp(f"{bits}-os2.bmp", width, bits, rows, palette=colours.tobytes(), header_bytes=12)
        half = max(2, 2**bits // 2)
        bmp(f"{bits}-short-palette.bmp", width, bits, rows, palette=padded(colours[:half]), used=half, top_down=True)
    bmp("8-rle.bmp", 4, 8, [b"\4\7\0\0"], compression=1, palette=b"\0" * 1024)


OUT.mkdir(exist_ok=True)
scene_pixels = scene()
jpegs(Image.fromarray(scene_pixels))
pngs(scene_pixels, Image.fromarray(scene_pixels))
bmps()
