"""batch_ceilings, an exercise of lesson 12, performance."""

from course.exercise import exercise

from .common import _plain

batch_ceilings = exercise(minutes=8, level=2)


@batch_ceilings.solution
def _(weights, cache, flops, bandwidth, peak, batch):
    """How fast a batch can be written.

    In one step of decoding each of `batch` streams gets a token. The step reads `weights` bytes of
    the model and, for each stream, `cache` bytes of its own keys and values, at `bandwidth` bytes
    a second; each token takes `flops` operations, of which the machine does `peak` a second, while
    it reads. Return two ceilings in tokens a second: for each stream, and for all together.
    With 4e9, 1e9, 16e9, 100e9, 10e12 and a batch of 4: 12.5 and 50.
    """
    seconds = max((weights + batch * cache) / bandwidth, batch * flops / peak)
    return 1 / seconds, batch / seconds


@batch_ceilings.use
def _(answer, rng):
    weights, bandwidth, peak = (
        rng.uniform(3e9, 9e9),
        rng.uniform(1e11, 6e11),
        rng.uniform(1e13, 3e13),
    )
    flops, cache = 3.5 * weights, 0.3 * weights
    each, together = answer(weights, cache, flops, bandwidth, peak, int(rng.integers(3, 6)))
    _, many = answer(weights, 1e-3 * weights, flops, bandwidth, peak, 400)
    seen = {"each": each, "together": together, "many": many}
    return {name: _plain(rate) for name, rate in seen.items()}


batch_ceilings.says(
    passed="Tokens a second of a server and of a reader are two numbers. Ask which one is meant.",
    each="Tokens a second for each stream of a few",
    together="Tokens a second for these together",
    many="Tokens a second of 400 streams together",
)


@batch_ceilings.alternative
def _(weights, cache, flops, bandwidth, peak, batch):
    together = min(bandwidth / (weights / batch + cache), peak / flops)
    return together / batch, together


@batch_ceilings.misconception(
    "times_the_batch",
    "Each stream gets {each} tokens/s from you, and it is {each:expected}: the speed of a stream "
    "that is alone, and the batch times that. The weights are read once for all, which is the "
    "gain; what else has to be read for each further stream?",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    alone = min(bandwidth / (weights + cache), peak / flops)
    return alone, batch * alone


@batch_ceilings.misconception(
    "cache_forgotten",
    "Each stream gets {each} tokens/s from you, and it is {each:expected}: only the weights are "
    "read. With a long context in every stream, the caches can be larger than the model.",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = max(weights / bandwidth, batch * flops / peak)
    return 1 / seconds, batch / seconds


@batch_ceilings.misconception(
    "weights_for_each",
    "Each stream gets {each} tokens/s from you, and it is {each:expected}. Nothing is gained by a "
    "batch in your count, since the weights are read again for each stream. One product with the "
    "weight serves all rows of a batch.",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = max(batch * (weights + cache) / bandwidth, batch * flops / peak)
    return 1 / seconds, batch / seconds


@batch_ceilings.misconception(
    "memory_alone",
    "For a large batch you allow {many} tokens/s together, and arithmetic {many:expected}. Bytes "
    "for each token become fewer with the batch; operations do not.",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = (weights + batch * cache) / bandwidth
    return 1 / seconds, batch / seconds


@batch_ceilings.misconception(
    "one_after_the_other",
    "Each stream gets {each} tokens/s from you, and it is {each:expected}. Your step reads first "
    "and computes then. While one part is computed the next is read, and the longer of the two "
    "decides.",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = (weights + batch * cache) / bandwidth + batch * flops / peak
    return 1 / seconds, batch / seconds


@batch_ceilings.misconception(
    "each_is_together",
    "The total is right, {together} tokens/s, and you give it to each stream. A reader of one "
    "answer sees one stream. How much of the total is theirs?",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = max((weights + batch * cache) / bandwidth, batch * flops / peak)
    return batch / seconds, batch / seconds


batch_ceilings.hints(
    "How long does one step take, for memory and for arithmetic?",
    "Weights once, caches once for each stream; operations once for each stream. The longer time "
    "is the step.",
    "`max((weights + batch * cache) / bandwidth, batch * flops / peak)` seconds, and `batch` "
    "tokens come out of it.",
)
