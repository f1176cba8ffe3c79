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


@fake_quantize.use(gradients="reduction", rounded="reduction")
def _(answer, rng):
    w = mx.array(rng.normal(size=(2, 32)).astype(np.float32))
    slope = mx.array(rng.normal(size=(2, 32)).astype(np.float32))
    rounded = answer(w, 32, 3)
    gradient = mx.grad(lambda w: (answer(w, 32, 3) * slope).sum())(w)
    return {
        "error": mx.abs(rounded - w).max(),
        "moved": (gradient != 0).sum().item(),
        "rounded": rounded,
        "gradients": gradient,
    }


fake_quantize.says(
    passed="With this in the forward pass a model can be trained until it no longer minds.",
    error="The largest change",
    moved="Numbers of 64 that have a gradient",
    rounded="For 2 × 32 numbers in 3 bits",
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
    "The values are right, and of 64 numbers {moved} have a gradient other than 0: at most the two "
    "ends of each group, by which its scale is made. A rounded number stays the same when its "
    "input moves a little, so its true slope is 0, and MLX says 0 without a word. What should the "
    "way back see instead?",
)
def _(w, group_size, bits):
    packed = mx.quantize(w, group_size=group_size, bits=bits)
    return mx.dequantize(*packed, group_size=group_size, bits=bits)


@fake_quantize.misconception(
    "gradient_blocked",
    "The values are right, and no number has a gradient: the whole result was made a constant. "
    "`mx.stop_gradient` blocks every way through what is in it, and one should stay open.",
)
def _(w, group_size, bits):
    packed = mx.quantize(w, group_size=group_size, bits=bits)
    return mx.stop_gradient(mx.dequantize(*packed, group_size=group_size, bits=bits))


@fake_quantize.misconception(
    "not_rounded",
    "The gradient passes, and so does everything else: what you return is `w` itself, to within "
    "{error}. The rounding was added and taken away again.",
)
def _(w, group_size, bits):
    packed = mx.quantize(w, group_size=group_size, bits=bits)
    rounded = mx.dequantize(*packed, group_size=group_size, bits=bits)
    return mx.stop_gradient(rounded) + w - mx.stop_gradient(rounded)


@fake_quantize.misconception(
    "gradient_twice",
    "The values are right, and the gradient is twice what it should be, or another multiple: `w` "
    "reaches the result by more than one way that is open. Which of them should be shut?",
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


fake_quantize.hints(
    "Which part of the result should the way back not look into?",
    "The rounded weight is `w` plus an error. `mx.stop_gradient` makes a constant of its argument.",
    "`w + mx.stop_gradient(rounded - w)`.",
)
