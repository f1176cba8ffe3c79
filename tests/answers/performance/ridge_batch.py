"""Others' answers to ridge_batch."""

import math
from fractions import Fraction

from course.author.answers import right, wrong


@right("formula")
def _(weights, cache, flops, bandwidth, peak):
    gain = flops / peak - cache / bandwidth
    if gain <= 0:
        return None
    return max(
        1,
        math.ceil(
            Fraction(weights)
            / bandwidth
            / (Fraction(flops) / Fraction(peak) - Fraction(cache) / Fraction(bandwidth))
        ),
    )


@right("exact, whole numbers")
def _(weights, cache, flops, bandwidth, peak):
    w, c, f, b, p = map(Fraction, (weights, cache, flops, bandwidth, peak))
    slope = f * b - c * p
    return None if slope <= 0 else -int(-(w * p) // slope)


@right("float formula, ceil")
def _(weights: float, cache: float, flops: float, bandwidth: float, peak: float) -> int | None:
    per = flops * bandwidth / peak - cache
    return math.ceil(weights / per) if per > 0 else None


wrong("round", named="rounded_to_the_nearest")(
    lambda w, c, f, b, p: None if f / p <= c / b else round(w / b / (f / p - c / b))
)


wrong("cache ignored", named="cache_forgotten")(lambda w, c, f, b, p: math.ceil(w * p / (f * b)))


wrong("cache once", named="one_cache_for_all")(
    lambda w, c, f, b, p: math.ceil((w + c) * p / (f * b))
)


wrong("negative in place of None", named="there_always_is_one")(
    lambda w, c, f, b, p: math.ceil(w * p / (f * b - c * p))
)


wrong("infinity for never", named="infinity_for_never")(
    lambda w, c, f, b, p: math.inf if f * b <= c * p else math.ceil(w * p / (f * b - c * p))
)


wrong("searches up to 1,000")(
    lambda w, c, f, b, p: next((n for n in range(1, 1000) if n * f / p >= (w + n * c) / b), None)
)


wrong("powers of two")(
    lambda w, c, f, b, p: (
        None if f * b <= c * p else 2 ** math.ceil(math.log2(w * p / (f * b - c * p)))
    )
)


wrong("the machine's corner", named="the_machines_corner")(lambda w, c, f, b, p: math.ceil(p / b))


@right("counting up")
def _(weights, cache, flops, bandwidth, peak):
    if cache / bandwidth >= flops / peak:
        return None
    n = 1
    while n * flops / peak < (weights + n * cache) / bandwidth:
        n += 1
    return n
