"""rms_norm, an exercise of lesson 06, transformer."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

rms_norm = exercise(minutes=5, level=1)


@rms_norm.solution
def _(x, weight, eps):
    """Bring the mean square of each token's numbers to 1, and weigh them.

    `x` has shape (..., D), `weight` (D,) and the same dtype, float32 or float16. Each row of D
    numbers is divided by the root of (the mean of its squares, plus `eps`), then multiplied by
    `weight`. Compute in float32 whatever comes in; return the shape and the dtype of `x`.
    For x [3., 4.], weight [1., 1.] and eps 0 the answer is [0.8485, 1.131].
    MLX has it as `mx.fast.rms_norm`; here you write it out.
    """
    wide = x.astype(mx.float32)
    normed = wide * mx.rsqrt(mx.square(wide).mean(axis=-1, keepdims=True) + eps)
    return (normed * weight).astype(x.dtype)


@rms_norm.use(y="reduction", half="reduction")
def _(answer, rng):
    D, eps = int(rng.integers(5, 10)), float(rng.choice([1e-5, 2e-5, 5e-6]))
    x = rng.normal(1, 2, size=(2, 4, D))
    x[0, 1], x[1, 2] = 0, x[1, 2] * 1e-3
    weight = mx.array(rng.uniform(0.5, 2, D).astype(np.float32))
    large = mx.array((rng.normal(size=(3, D)) * 50 + 300).astype(np.float32))
    return {
        "y": answer(mx.array(x.astype(np.float32)), weight, eps),
        "half": answer(large.astype(mx.float16), weight.astype(mx.float16), eps),
    }


rms_norm.says(
    passed="`mx.fast.rms_norm` and float64 NumPy agree with you, and the first is one kernel.",
    y="For 2 × 4 tokens, one of them all zeros and one very small",
    half="For float16 numbers around 300",
)


@rms_norm.alternative
def _(x, weight, eps):
    return mx.fast.rms_norm(x, weight, eps)


@rms_norm.alternative
def _(x, weight, eps):  # in float64, by NumPy
    wide = np.array(x).astype(np.float64)
    root = np.sqrt((wide**2).sum(axis=-1, keepdims=True) / wide.shape[-1] + eps)
    return mx.array((wide / root * np.array(weight)).astype(np.float32)).astype(x.dtype)


def _rms(x, weight, eps, axis=-1, total=mx.mean, dtype=mx.float32):
    wide = x.astype(dtype)
    return (
        wide * mx.rsqrt(total(mx.square(wide), axis=axis, keepdims=True) + eps) * weight
    ).astype(x.dtype)


@rms_norm.misconception(
    "mean_subtracted",
    "Your numbers are those of rows whose mean was taken away first. That is layer normalisation, "
    "which came before; this one leaves the mean where it is, and saves a pass. Which of the two "
    "does the statement describe?",
)
def _(x, weight, eps):
    wide = x.astype(mx.float32)
    return _rms(wide - wide.mean(axis=-1, keepdims=True), weight, eps).astype(x.dtype)


@rms_norm.misconception(
    "no_eps",
    "`eps` has no effect on what you return. A row of zeros is then divided by zero, and a row of "
    "small numbers, which may be nothing but noise, is blown up to full size. Where under the root "
    "would it stand?",
)
def _(x, weight, eps):
    return _rms(x, weight, 0.0)


@rms_norm.misconception(
    "eps_outside_the_root",
    "Your numbers are those of `eps` added to the root and not under it. For ordinary rows nobody "
    "would notice; the row of small numbers comes out several times too large. What is the root of "
    "`eps`?",
)
def _(x, weight, eps):
    wide = x.astype(mx.float32)
    root = mx.sqrt(mx.square(wide).mean(axis=-1, keepdims=True)) + eps
    return (wide / root * weight).astype(x.dtype)


@rms_norm.misconception(
    "sum_of_squares",
    "Your numbers are those of rows divided by their length, the root of the sum of squares, not "
    "of their mean. They are smaller by the root of D, and a wider model would have quieter "
    "layers. What is the mean square of your rows?",
)
def _(x, weight, eps):
    return _rms(x, weight, eps, total=mx.sum)


@rms_norm.misconception(
    "over_tokens",
    "Your numbers are those of a mean over the tokens: each number of a token was compared with "
    "the same number of the others. What is written about one token then depends on those that "
    "come after it. Which axis of (B, L, D) belongs to one token?",
)
def _(x, weight, eps):
    return _rms(x, weight, eps, axis=-2)


@rms_norm.misconception(
    "squared_in_half",
    "In float32 all is well, and the float16 row is all zeros: its numbers are around 300, their "
    "squares around 90,000, and float16 ends at 65,504. One over infinity is 0. In which dtype is "
    "the square safe?",
)
def _(x, weight, eps):
    return _rms(x, weight, eps, dtype=x.dtype)


@rms_norm.misconception(
    "float32_returned",
    "The numbers are right, and float16 came in and float32 went out. Computing in float32 was "
    "right; handed on, it makes every later layer twice as large. Which dtype had `x`?",
)
def _(x, weight, eps):
    return _rms(x.astype(mx.float32), weight, eps)


@rms_norm.misconception(
    "one_plus_weight",
    "Your numbers are those of a weight that counts from 1, as Gemma stores it. A Llama's weights "
    "are multiplied as they are. What does the statement multiply by?",
)
def _(x, weight, eps):
    return _rms(x, 1 + weight, eps)


@rms_norm.misconception(
    "weight_forgotten",
    "Your rows have a mean square of 1, and `weight` has no effect on them. While a model is new "
    "all weights are 1, and nobody notices. Where does it come in?",
)
def _(x, weight, eps):
    return _rms(x, mx.ones_like(weight), eps)


@rms_norm.misconception(
    "no_root",
    "Your numbers are those of a division by the mean square itself, not by its root. A row twice "
    "as large then comes out half as large. What has the same unit as `x`?",
)
def _(x, weight, eps):
    wide = x.astype(mx.float32)
    return (wide / (mx.square(wide).mean(axis=-1, keepdims=True) + eps) * weight).astype(x.dtype)


rms_norm.same_as(
    "alternative 2",
    "astype dropped",
    "(wide / root * np.array(weight)).astype(np.float32)",
    "the array becomes x.dtype afterwards in any case",
)


rms_norm.hints(
    "Which of the three axes is one token's own, and which numbers does the mean run over?",
    "The last axis, kept as an axis of size one so that it divides every number of its row; `eps` "
    "is added before the root is taken.",
    "`wide = x.astype(mx.float32)`, then `mx.rsqrt(mx.square(wide).mean(axis=-1, keepdims=True) + "
    "eps)`; at the end back to `x.dtype`.",
)
