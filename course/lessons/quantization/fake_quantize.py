"""fake_quantize, an exercise of lesson 07, quantization."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise

fake_quantize = exercise(minutes=6, level=2)


@fake_quantize.solution
def _(w, group_size, bits):
    """Weights that are rounded on the way there and not on the way back.

    `w` has shape (R, C), float32. Return it quantized by `mx.quantize` (affine) and dequantized,
    in such a way that gradients pass as if nothing had been done: the gradient of a loss with
    respect to `w` is its gradient with respect to what you return.
    The gradient of `fake_quantize(w, 32, 4).sum()` is 1 everywhere.
    """
    how = {"group_size": group_size, "bits": bits}
    rounded = mx.dequantize(*mx.quantize(w, **how), **how)
    return w + mx.stop_gradient(rounded - w)


@fake_quantize.use(gradients="reduction", rounded="reduction", other="reduction")
def _(answer, rng):
    rows, columns = int(rng.integers(2, 5)), 128 * int(rng.integers(1, 3))
    # Groups that do not begin at 0, and rows of different size.
    w = rng.normal(size=(rows, columns)) * np.arange(1, rows + 1)[:, None] + 0.3
    w = mx.array(w.astype(np.float32))
    slope = mx.array(rng.normal(size=w.shape).astype(np.float32))
    size, bits = (int(rng.choice(n)) for n in ([32, 128], [2, 3, 5]))
    rounded, other = answer(w, size, bits), answer(w, 64, 3)
    gradient = mx.grad(lambda w: (answer(w, size, bits) * slope).sum())(w)
    return {
        "error": mx.abs(rounded - w).max(),
        "moved": (gradient != 0).sum().item(),
        "rounded": rounded,
        "other": other,
        "gradients": gradient,
    }


fake_quantize.says(
    passed="With this in the forward pass a model can be trained until it no longer minds.",
    error="The largest change",
    moved="How many numbers have a gradient",
    rounded="The weights, in groups of 32 or 128",
    other="The weights in groups of 64 and 3 bits",
    gradients="The gradient of each",
)


@fake_quantize.alternative
def _(w, group_size, bits):
    @mx.custom_function
    def rounded(w):
        packed = mx.quantize(w, group_size=group_size, bits=bits)
        return mx.dequantize(*packed, group_size=group_size, bits=bits)

    @rounded.vjp
    def backward(primals, cotangent, output):
        return cotangent

    return rounded(w)


@fake_quantize.misconception(
    "gradient_lost",
    "The values are right, and only {moved} of {moved:expected} numbers have a gradient other than "
    "0: at most the two ends of each group, by which its scale is made. A rounded number stays the "
    "same when its input moves a little, so its true slope is 0, and MLX says 0 without a word. "
    "What should the way back see instead?",
)
def _(w, group_size, bits):
    packed = mx.quantize(w, group_size=group_size, bits=bits)
    return mx.dequantize(*packed, group_size=group_size, bits=bits)


@fake_quantize.misconception(
    "gradient_blocked",
    "The values are right, and no number has a gradient: for the way back your whole result is a "
    "constant. `mx.stop_gradient` blocks every way through what is in it. Which way should stay "
    "open?",
)
def _(w, group_size, bits):
    packed = mx.quantize(w, group_size=group_size, bits=bits)
    return mx.stop_gradient(mx.dequantize(*packed, group_size=group_size, bits=bits))


@fake_quantize.misconception(
    "not_rounded",
    "The gradient passes, and so does everything else: what you return is `w` itself, to within "
    "{error}. What was rounded on the way cancels out. What should stay of it?",
)
def _(w, group_size, bits):
    packed = mx.quantize(w, group_size=group_size, bits=bits)
    rounded = mx.dequantize(*packed, group_size=group_size, bits=bits)
    return mx.stop_gradient(rounded) + w - mx.stop_gradient(rounded)


@fake_quantize.misconception(
    "gradient_twice",
    "The values are right, and the gradient is twice what it should be: `w` reaches the result by "
    "more than one way that is open. How many should there be?",
)
def _(w, group_size, bits):
    packed = mx.quantize(w, group_size=group_size, bits=bits)
    rounded = mx.dequantize(*packed, group_size=group_size, bits=bits)
    return 2 * w + mx.stop_gradient(rounded - 2 * w)


@fake_quantize.misconception(
    "error_with_the_wrong_sign",
    "The gradient passes, and each number was moved by its rounding error in the opposite "
    "direction, so none lies on a level. What has to be added to `w` to get to the rounded one?",
)
def _(w, group_size, bits):
    packed = mx.quantize(w, group_size=group_size, bits=bits)
    rounded = mx.dequantize(*packed, group_size=group_size, bits=bits)
    return w + mx.stop_gradient(w - rounded)


@fake_quantize.misconception(
    "defaults_assumed",
    "The gradient passes, and the values are those of 4 bits and groups of 64, whatever was asked "
    "for. `mx.quantize` takes these where it is told nothing. Where do `bits` and `group_size` go?",
)
def _(w, group_size, bits):
    return w + mx.stop_gradient(mx.dequantize(*mx.quantize(w)) - w)


@fake_quantize.misconception(
    "grid_of_the_formula",
    "The gradient passes, and your levels are those of smallest + code * step, the formula in the "
    "books. `mx.quantize` moves its grid a little, so that 0 comes back as exactly 0. Training "
    "with other levels than those that are used later is training for another model. Whose levels "
    "do you need?",
)
def _(w, group_size, bits):
    groups = w.reshape(-1, group_size)
    low, high = groups.min(axis=-1, keepdims=True), groups.max(axis=-1, keepdims=True)
    step = (high - low) / (2**bits - 1)
    rounded = (mx.round((groups - low) / step) * step + low).reshape(w.shape)
    return w + mx.stop_gradient(rounded - w)


@fake_quantize.misconception(
    "both_ways_rounded",
    "The values are right, and your gradients are right for all but the ends of each group: there "
    "the rounding's own gradient was added. What is rounded should be a constant for the way back. "
    "What is a constant in yours?",
)
def _(w, group_size, bits):
    packed = mx.quantize(w, group_size=group_size, bits=bits)
    rounded = mx.dequantize(*packed, group_size=group_size, bits=bits)
    return w + rounded - mx.stop_gradient(w)


fake_quantize.hints(
    "Which part of the result should the way back not look into?",
    "The rounded weight is `w` plus an error. `mx.stop_gradient` makes a constant of its argument.",
    "`w + mx.stop_gradient(rounded - w)`.",
)
