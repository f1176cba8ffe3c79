"""rope, an exercise of lesson 06, transformer."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

from .common import _angles, _turned

rope = exercise(minutes=10, level=2)


@rope.solution
def _(x, offset=0):
    """Rotate queries or keys by the positions of their tokens.

    `x` has shape (B, H, L, D), float32 and D even: batch, heads, tokens, numbers of a head. The
    token in row l has position p = offset + l. Its numbers are taken in pairs, number i of the
    first half with number i of the second half, for i = 0 … D/2 - 1. Each pair (a, b) is rotated
    by the angle p / 10000^(2i / D):

        (a cos - b sin, a sin + b cos)

    The results stand where a and b stood. Return the same shape.
    For D = 2, a token [1, 0] at position 1 becomes [0.5403, 0.8415]; at position 0 it stays.
    MLX has it as `mx.fast.rope` and `nn.RoPE`; here you write it out.
    """
    L, D = x.shape[-2:]
    half = D // 2
    places = mx.arange(offset, offset + L)[:, None]
    angles = places * mx.power(10000.0, -mx.arange(half) / half)
    cos, sin = mx.cos(angles), mx.sin(angles)
    a, b = x[..., :half], x[..., half:]
    return mx.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1)


@rope.use(y="reduction", later="reduction", offset="reading")
def _(answer, rng):
    B, H, L, half = (int(size) for size in rng.integers((1, 2, 4, 2), (3, 4, 7, 5)))
    x = mx.array(rng.normal(size=(B, H, L, 2 * half)).astype(np.float32))
    offset = int(rng.integers(3, 9))
    return {"y": answer(x), "later": answer(x, offset), "offset": offset}


rope.says(
    passed="`mx.fast.rope` and float64 NumPy agree with you, and so will the built-in weights.",
    y="For a few heads with nothing before them",
    later="For the same with tokens before them",
    offset="The offset",
)


@rope.alternative
def _(x, offset=0):
    return mx.fast.rope(x, x.shape[-1], traditional=False, base=10000, scale=1.0, offset=offset)


@rope.alternative
def _(x, offset=0):  # in float64, a pair as one complex number
    wide = np.array(x).astype(np.float64)
    L, D = wide.shape[-2:]
    pairs = wide[..., : D // 2] + 1j * wide[..., D // 2 :]
    angles = np.outer(np.arange(L) + offset, 10000.0 ** (-2 * np.arange(D // 2) / D))
    turned = pairs * np.exp(1j * angles)
    return mx.array(np.concatenate([turned.real, turned.imag], axis=-1).astype(np.float32))


@rope.misconception(
    "interleaved",
    "Your numbers are those of neighbours turned with each other: 0 with 1, 2 with 3. It is how "
    "the paper draws it, MLX calls it traditional, and it works as well; weights that were trained "
    "with the other pairing turn into noise. Which partner has number 0 here?",
)
def _(x, offset=0):
    return _turned(x, _angles(x.shape[-2], x.shape[-1], offset), interleaved=True)


@rope.misconception(
    "put_back_as_neighbours",
    "The right numbers were turned, by the right angles, and the two results of a pair lie side by "
    "side, as a stack leaves them. Where did a and b stand?",
)
def _(x, offset=0):
    angles, half = _angles(x.shape[-2], x.shape[-1], offset), x.shape[-1] // 2
    turned = _turned(x, angles)
    return mx.stack([turned[..., :half], turned[..., half:]], axis=-1).reshape(x.shape)


@rope.misconception(
    "offset_forgotten",
    "With an offset of 0 all is right; with {offset} tokens before it, the first new token is "
    "still turned as if it stood at place 0. A model that generates with a cache would hold every "
    "new word for the first one. At which place does row 0 stand?",
)
def _(x, offset=0):
    return _turned(x, _angles(x.shape[-2], x.shape[-1]))


@rope.misconception(
    "turned_backwards",
    "Every pair is turned the other way round, as with the sign of the sine on the other number. "
    "Distances between tokens survive that, so a model trained this way would be fine; this one "
    "was not. What becomes of a = 1, b = 0, by hand?",
)
def _(x, offset=0):
    return _turned(x, -_angles(x.shape[-2], x.shape[-1], offset))


@rope.misconception(
    "heads_as_places",
    "The angle grows from head to head and is the same for all tokens, as if the places were "
    "counted along axis 1. In PyTorch that is often the tokens' axis. Which one is it in "
    "(B, H, L, D)?",
)
def _(x, offset=0):
    return _turned(x, _angles(x.shape[1], x.shape[-1], offset)[:, None])


@rope.misconception(
    "slow_pairs",
    "The first pair is right, and each following one turns too fast: the angles are those of an "
    "exponent i / D where it should be 2i / D. With many pairs, the slowest should take about "
    "10,000 places for one radian, not 100. How many pairs are there?",
)
def _(x, offset=0):
    L, D = x.shape[-2:]
    places = mx.arange(offset, offset + L)[:, None]
    return _turned(x, places * mx.power(10000.0, -mx.arange(D // 2) / D))


@rope.misconception(
    "places_from_1",
    "Your numbers are those of places that count from 1: the first token is turned too. All "
    "distances are right, so a model of your own would not notice; a cache filled by other code "
    "would. By what angle is the token at place 0 turned?",
)
def _(x, offset=0):
    return _turned(x, _angles(x.shape[-2], x.shape[-1], offset + 1))


@rope.misconception(
    "one_angle_for_all",
    "All pairs of a token are turned by the same angle, that of the first pair. Then two tokens "
    "that stand a full turn apart look alike. What does i do in the statement's angle?",
)
def _(x, offset=0):
    L, D = x.shape[-2:]
    return _turned(x, mx.arange(offset, offset + L)[:, None] * mx.ones(D // 2))


for _operator, _line in (
    ("astype dropped", "np.array(x).astype(np.float64)"),
    (
        "astype dropped",
        "np.concatenate([turned.real, turned.imag], axis=-1).astype(np.float32)",
    ),
    ("operator", "D // 2"),
):
    rope.same_as("alternative 2", _operator, _line, "the numbers are the same; MLX makes float32")


rope.hints(
    "What shape must the angles have, to be multiplied with (B, H, L, D/2)?",
    "(L, D/2): a column of places times a row of D/2 speeds. Cosine and sine of it broadcast over "
    "batch and heads. The two halves of x are the a and the b.",
    "`a, b = x[..., :half], x[..., half:]`, and `mx.concatenate([a * cos - b * sin, a * sin + b * "
    "cos], axis=-1)`.",
)
