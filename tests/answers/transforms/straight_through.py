"""Others' answers to straight_through."""

import mlx.core as mx

from course.author.answers import right, wrong


@right("x + stop(q - x)")
def _(x, step):
    return x + mx.stop_gradient(step * mx.round(x / step) - x)


@right("stop(q) + x - stop(x), keywords")
def _(x: mx.array, step: float) -> mx.array:
    q = mx.stop_gradient(mx.multiply(mx.round(mx.divide(x, step)), step))
    return q + (x - mx.stop_gradient(x))


@wrong("plain rounding", named="round_has_no_slope")
def _(x, step):
    return step * mx.round(x / step)


@wrong("stop on x, value doubled back", named="gradient_turned_round")
def _(x, step):
    return mx.stop_gradient(x) + (step * mx.round(x / step) - x)


@wrong("forgot to multiply back", named="not_multiplied_back")
def _(x, step):
    return x + mx.stop_gradient(mx.round(x / step) - x)


@wrong("gradient scaled by step (STE inside)", named="steps_counted")
def _(x, step):
    u = x / step
    r = u + mx.stop_gradient(mx.round(u) - u)
    return r


@wrong("ones for cotangent", named="cotangent_ignored")
def _(x, step):
    @mx.custom_function
    def f(x):
        return step * mx.round(x / step)

    @f.vjp
    def back(x, cotangent, out):
        return mx.ones_like(x)

    return f(x)


@wrong("floor", named="rounds_down")
def _(x, step):
    return x + mx.stop_gradient(step * mx.floor(x / step) - x)


@wrong("decimals: mx.round(x, step)", named="multiples_of_the_inverse")
def _(x, step):
    return x + mx.stop_gradient(mx.round(x * step) / step - x)


@wrong("gradient times step through custom vjp", named="cotangent_scaled")
def _(x, step):
    @mx.custom_function
    def f(x):
        return step * mx.round(x / step)

    f.vjp(lambda x, c, out: c * step)
    return f(x)


@wrong("returns x")
def _(x, step):
    return x


@wrong("zero outside [-1, 1] (clipped straight-through)", named="clipped")
def _(x, step):
    q = step * mx.round(x / step)
    clipped = mx.clip(x, -1, 1)
    return clipped + mx.stop_gradient(q - clipped)
