"""ridge_batch, an exercise of lesson 12, performance."""

import math
from fractions import Fraction

from course.exercise import exercise

ridge_batch = exercise(minutes=10, level=3)


@ridge_batch.solution
def _(weights, cache, flops, bandwidth, peak):
    """When a larger batch stops paying.

    Names as in `batch_ceilings`. Return the smallest whole number of streams at which arithmetic
    takes at least as long as memory: from there on the total hardly grows any more. Return None if
    there is no such number, because the caches alone keep memory busier than arithmetic.
    With 4e9, 0, 16e9, 100e9 and 10e12: 25. With a cache of 1e9: None.
    """
    gained = flops / peak - cache / bandwidth
    return math.ceil(weights / bandwidth / gained) if gained > 0 else None


def _asked(answer, *figures):
    try:
        streams = answer(*figures)
        return "infinitely many" if streams == math.inf else streams
    except ZeroDivisionError:
        return "a division by zero"


@ridge_batch.use
def _(answer, rng):
    weights, bandwidth = rng.uniform(3e9, 9e9), rng.uniform(1e11, 6e11)
    peak, flops = rng.uniform(60, 120) * bandwidth, rng.uniform(1, 4) * weights
    equal = flops / peak * bandwidth  # a cache that costs as much time as the arithmetic
    # Powers of two, so that every way of writing it meets the whole number to the last bit.
    whole, parts = int(rng.integers(20, 90)), rng.choice([0.25, 0.75, 0.0], 3, replace=False)
    round_figures = (2.0**23, 2.0**31, 2.0**36, 2.0**43)
    near = [_asked(answer, 2.0**23 * (whole + float(part)), *round_figures) for part in parts]
    return {
        "batch": _asked(answer, weights, rng.uniform(0.3, 0.6) * equal, flops, bandwidth, peak),
        "never": _asked(answer, weights, rng.uniform(1.2, 2.0) * equal, flops, bandwidth, peak),
        "no_cache": _asked(answer, weights, 0, flops, bandwidth, peak),
        "first": near[0],
        "second": near[1],
        "third": near[2],
        "even": _asked(answer, 2.0**32, 2.0**24, 2.0**31, 2.0**37, 2.0**44),
        "many": _asked(answer, weights, 0.995 * equal, flops, bandwidth, peak),
    }


ridge_batch.says(
    passed="Short questions from many people fill a machine; long documents never do.",
    batch="Streams with short contexts",
    never="Streams with long contexts",
    no_cache="Streams without caches",
    first="Streams, with round figures",
    second="Streams, with slightly other weights",
    third="Streams, with slightly other weights again",
    even="Streams whose caches take exactly as much time as their arithmetic",
    many="Streams whose caches take nearly as much time as their arithmetic",
)


@ridge_batch.alternative
def _(weights, cache, flops, bandwidth, peak):
    w, c, f, b, p = map(Fraction, (weights, cache, flops, bandwidth, peak))
    gained = f / p - c / b
    return None if gained <= 0 else -(-w / b // gained)


@ridge_batch.misconception(
    "cache_forgotten",
    "You say {batch} streams, and it is {batch:expected}; without caches you are right. Each "
    "stream brings operations along. What does each bring along that has to be read?",
)
def _(weights, cache, flops, bandwidth, peak):
    return math.ceil(weights / bandwidth * peak / flops)


@ridge_batch.misconception(
    "one_cache_for_all",
    "You say {batch} streams, and it is {batch:expected}; without caches you are right. Yours is "
    "where arithmetic reaches the weights and one cache. How many caches are read in a step of "
    "{batch} streams?",
)
def _(weights, cache, flops, bandwidth, peak):
    return math.ceil((weights + cache) / bandwidth * peak / flops)


@ridge_batch.misconception(
    "there_always_is_one",
    "With long contexts you say {never}, and it is {never:expected}. If one more stream costs "
    "memory more time than it costs arithmetic, then how many streams until arithmetic is the "
    "slower one?",
)
def _(weights, cache, flops, bandwidth, peak):
    gained = flops / peak - cache / bandwidth
    return math.ceil(weights / bandwidth / gained)


@ridge_batch.misconception(
    "at_least_one",
    "With long contexts you say {never}, and it is {never:expected}. Even if one more stream costs "
    "memory more time than it costs arithmetic? How long do both take with {never}?",
)
def _(weights, cache, flops, bandwidth, peak):
    gained = flops / peak - cache / bandwidth
    return max(1, math.ceil(weights / bandwidth / gained))


@ridge_batch.misconception(
    "infinity_for_never",
    "Where there is no such number you give infinity, as for a limit that is never met. Which "
    "value does the statement name for it?",
)
def _(weights, cache, flops, bandwidth, peak):
    gained = flops / peak - cache / bandwidth
    return math.ceil(weights / bandwidth / gained) if gained > 0 else math.inf


@ridge_batch.misconception(
    "zero_is_a_gain",
    "It divides by zero where one more stream costs memory exactly as much time as arithmetic; "
    "elsewhere it is right. Memory has the weights to read besides. Does arithmetic ever catch up "
    "then?",
)
def _(weights, cache, flops, bandwidth, peak):
    gained = flops / peak - cache / bandwidth
    return math.ceil(weights / bandwidth / gained) if gained >= 0 else None


@ridge_batch.misconception(
    "never_at_all",
    "You say {batch} where it is {batch:expected} streams; without caches you are right. A cache "
    "takes time to be read, and a token takes time to be computed. Here which of the two takes "
    "longer?",
)
def _(weights, cache, flops, bandwidth, peak):
    return None if cache else math.ceil(weights / bandwidth * peak / flops)


@ridge_batch.misconception(
    "one_too_few",
    "You say {batch} streams, and it is {batch:expected}: at yours memory still takes longer. "
    "Numbers that come out whole are right. Which way do the others have to be rounded?",
)
def _(weights, cache, flops, bandwidth, peak):
    gained = flops / peak - cache / bandwidth
    return math.floor(weights / bandwidth / gained) if gained > 0 else None


@ridge_batch.misconception(
    "rounded_to_the_nearest",
    "With round figures and slightly different weights you say {first}, {second} and {third} "
    "streams, and it is {first:expected}, {second:expected} and {third:expected}: the nearest "
    "whole number each time. At a number that was rounded down, which of the two takes longer?",
)
def _(weights, cache, flops, bandwidth, peak):
    gained = flops / peak - cache / bandwidth
    return round(weights / bandwidth / gained) if gained > 0 else None


@ridge_batch.misconception(
    "longer_not_as_long",
    "Numbers that come out whole are one too high: with round figures you say {first}, {second} "
    "and {third} streams, and it is {first:expected}, {second:expected} and {third:expected}. "
    "Arithmetic has to take at least as long as memory. What if it takes exactly as long?",
)
def _(weights, cache, flops, bandwidth, peak):
    gained = flops / peak - cache / bandwidth
    return math.floor(weights / bandwidth / gained) + 1 if gained > 0 else None


@ridge_batch.misconception(
    "the_machines_corner",
    "You say {batch} streams, and it is {batch:expected}. Yours is the machine's own corner, peak "
    "over bandwidth, in operations for each byte. How many operations does one more stream add for "
    "each byte that a step reads anyway?",
)
def _(weights, cache, flops, bandwidth, peak):
    return math.ceil(peak / bandwidth)


ridge_batch.hints(
    "By how much does each further stream lengthen the time for memory, and by how much the time "
    "for arithmetic?",
    "Memory starts with a lead of `weights / bandwidth`; each stream makes up `flops / peak - "
    "cache / bandwidth` of it, if that is positive.",
    "The lead divided by what a stream makes up, rounded up; None where nothing is made up.",
)
