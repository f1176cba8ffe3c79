"""ridge_batch, an exercise of lesson 12, performance."""

import math

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


@ridge_batch.use
def _(answer, rng):
    weights, bandwidth, peak = (
        rng.uniform(3e9, 9e9),
        rng.uniform(1e11, 6e11),
        rng.uniform(2e13, 6e13),
    )
    flops = 3.5 * weights
    equal = flops / peak * bandwidth  # a cache that costs as much time as the arithmetic
    return {
        "batch": answer(weights, rng.uniform(0.3, 0.6) * equal, flops, bandwidth, peak),
        "never": answer(weights, rng.uniform(1.2, 2.0) * equal, flops, bandwidth, peak),
    }


ridge_batch.says(
    passed="Short questions from many people fill a machine; long documents never do.",
    batch="Streams with short contexts",
    never="Streams with long contexts",
)


@ridge_batch.alternative
def _(weights, cache, flops, bandwidth, peak):
    if flops / peak <= cache / bandwidth:
        return None
    low, high = 0, 1

    def reached(batch):
        return batch * flops / peak >= (weights + batch * cache) / bandwidth

    while not reached(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


@ridge_batch.misconception(
    "cache_forgotten",
    "You say {batch} streams, and it is {batch:expected}. Each stream brings bytes along as well "
    "as operations: its cache.",
)
def _(weights, cache, flops, bandwidth, peak):
    return math.ceil(weights / bandwidth * peak / flops)


@ridge_batch.misconception(
    "there_always_is_one",
    "With long contexts you say {never}, and it is {never:expected}. If one more stream costs "
    "memory more time than it costs arithmetic, then how many streams until arithmetic is the "
    "slower one?",
)
def _(weights, cache, flops, bandwidth, peak):
    gained = flops / peak - cache / bandwidth
    return max(1, math.ceil(weights / bandwidth / gained))


@ridge_batch.misconception(
    "never_at_all",
    "You say {batch} where it is {batch:expected} streams. A cache that costs less time than the "
    "arithmetic of its token does not hold a batch back for ever.",
)
def _(weights, cache, flops, bandwidth, peak):
    return None if cache else math.ceil(weights / bandwidth * peak / flops)


@ridge_batch.misconception(
    "one_too_few",
    "You say {batch} streams, and it is {batch:expected}: at yours memory still takes longer. "
    "Which way do you round?",
)
def _(weights, cache, flops, bandwidth, peak):
    gained = flops / peak - cache / bandwidth
    return math.ceil(weights / bandwidth / gained) - 1 if gained > 0 else None


@ridge_batch.misconception(
    "the_machines_corner",
    "You say {batch} streams, and it is {batch:expected}. That is the machine's own corner, peak "
    "over bandwidth, in operations for each byte. How many operations does one more stream add for "
    "each byte that a step reads anyway?",
)
def _(weights, cache, flops, bandwidth, peak):
    return math.ceil(peak / bandwidth) if flops / peak > cache / bandwidth else None


ridge_batch.hints(
    "By how much does each further stream lengthen the time for memory, and by how much the time "
    "for arithmetic?",
    "Memory starts with a lead of `weights / bandwidth`; each stream makes up `flops / peak - "
    "cache / bandwidth` of it, if that is positive.",
    "The lead divided by what a stream makes up, rounded up; None where nothing is made up.",
)
