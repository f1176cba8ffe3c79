"""Pictures of digits and letters to train on, drawn from the fonts that come with matplotlib.

Nothing is downloaded. Some fonts are held out, to test a model on shapes that it has never seen.
Knows Pillow and NumPy; does not know MLX.
"""

from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TRAINING = (
    *("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSansMono"),
    *("DejaVuSansMono-Bold", "STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic"),
    *("cmr10", "cmb10", "cmti10"),
)
HELD_OUT = ("DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic", "cmss10", "cmtt10")
SIZE = 16  # pixels of a side
_LARGE = 64  # pixels of a side when a glyph is drawn; it is then turned, shifted and scaled down
_NOISE = 0.08  # standard deviation; ink is 1 and paper 0


def glyphs(
    fonts: tuple[str, ...] = TRAINING, copies: int = 8, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of every character in every font, varied and noisy, and their labels.

    Each copy is turned, slanted, shifted and scaled a little, by chance.

    Args:
        fonts: TRAINING, HELD_OUT, or some of their names.
        copies: how many pictures of each character in each font.
        seed: the same seed gives the same pictures, in the same shuffled order.

    Returns:
        images: float32 of shape (N, 16, 16, 1), ink 1 and paper 0, noise added.
        labels: int32 of shape (N,), indices into CHARACTERS. N is 36 * len(fonts) * copies.

    Raises:
        OSError: matplotlib has no font of such a name.

    Example:
        >>> images, labels = glyphs(HELD_OUT, copies=1)
        >>> images.shape, labels.shape
        ((180, 16, 16, 1), (180,))
    """
    rng = np.random.default_rng(seed)
    pictures = [
        _varied(_drawn(font, character), rng)
        for font in fonts
        for character in CHARACTERS
        for _ in range(copies)
    ]
    images = np.stack(pictures).astype(np.float32)[..., None] / 255
    images += rng.normal(0, _NOISE, images.shape).astype(np.float32)
    labels = np.tile(np.repeat(np.arange(len(CHARACTERS)), copies), len(fonts)).astype(np.int32)
    order = rng.permutation(len(labels))
    return images[order], labels[order]


@cache
def _drawn(font: str, character: str) -> Image.Image:
    """A character in the middle of a square, at three quarters of its height."""
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{font}.ttf"
    picture = Image.new("L", (_LARGE, _LARGE))
    kind = ImageFont.truetype(str(path), int(0.75 * _LARGE))
    half = _LARGE / 2
    ImageDraw.Draw(picture).text((half, half), character, fill=255, font=kind, anchor="mm")
    return picture


def _varied(picture: Image.Image, rng: np.random.Generator) -> np.ndarray:
    """One picture of SIZE x SIZE: an affine map of the large one, then scaled down."""
    turn, slant = rng.normal(0, 0.08), rng.normal(0, 0.1)
    scale = rng.uniform(0.8, 1.15)
    shift = rng.uniform(-3, 3, 2)
    rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = rotate @ np.array([[1, slant], [0, 1]]) / scale
    middle = np.full(2, _LARGE / 2)
    offset = middle - matrix @ (middle + shift)
    rows = np.column_stack([matrix, offset]).ravel()
    moved = picture.transform(
        picture.size, Image.Transform.AFFINE, tuple(rows), Image.Resampling.BILINEAR
    )
    return np.asarray(moved.resize((SIZE, SIZE), Image.Resampling.BOX))
