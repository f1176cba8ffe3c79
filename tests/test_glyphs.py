"""The pictures that lesson 05 trains on: shapes, seeds, and what is held out."""

import numpy as np
import pytest

from course import glyphs


def test_shapes_dtypes_and_every_character_in_every_font():
    images, labels = glyphs.glyphs(copies=2)
    assert images.shape == (36 * len(glyphs.TRAINING) * 2, glyphs.SIZE, glyphs.SIZE, 1)
    assert (images.dtype, labels.dtype) == (np.float32, np.int32)
    assert set(np.bincount(labels, minlength=36)) == {2 * len(glyphs.TRAINING)}


def test_a_seed_is_a_set_of_pictures_and_another_seed_another():
    one, again, other = (glyphs.glyphs(glyphs.HELD_OUT, 1, seed) for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert not np.array_equal(one[0], other[0])


def test_held_out_fonts_are_not_trained_on():
    assert not set(glyphs.HELD_OUT) & set(glyphs.TRAINING)


def test_ink_is_there_and_no_edge_cuts_it_off():
    """A copy without noise would have an empty border; with it, the border is faint."""
    images, _ = glyphs.glyphs(copies=2)
    pictures = images[..., 0]
    assert pictures.max(axis=(1, 2)).min() > 0.4, "a picture without ink"
    border = np.concatenate(
        [pictures[:, 0], pictures[:, -1], pictures[:, :, 0], pictures[:, :, -1]]
    )
    assert (border > 0.6).mean() < 0.01


def test_a_letter_is_nearer_to_itself_than_to_others():
    images, labels = glyphs.glyphs(copies=8)
    means = np.stack([images[labels == i].mean(axis=0).ravel() for i in range(36)])
    distances = ((images.reshape(len(images), -1)[:, None] - means) ** 2).sum(axis=2)
    assert (distances.argmin(axis=1) == labels).mean() > 0.4, "chance would be 0.03"


def test_an_unknown_font_is_named():
    with pytest.raises(OSError, match="cannot open resource"):
        glyphs.glyphs(("NoSuchFont",), 1)
