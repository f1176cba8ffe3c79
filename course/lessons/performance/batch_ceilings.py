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
    weights, bandwidth = rng.uniform(3e9, 9e9), rng.uniform(1e11, 6e11)
    peak, flops, cache = rng.uniform(1e13, 3e13), 3.5 * weights, rng.uniform(0.2, 0.4) * weights
    few = int(rng.integers(3, 6))
    each, together = answer(weights, cache, flops, bandwidth, peak, few)
    many_each, many = answer(weights, 1e-3 * weights, flops, bandwidth, peak, 400)
    slow, slow_together = answer(weights, cache, flops, bandwidth, 2 * bandwidth, few)
    alone, _ = answer(weights, cache, flops, bandwidth, peak, 1)
    seen = {"each": each, "together": together, "many": many, "many_each": many_each}
    seen |= {"slow": slow, "slow_together": slow_together, "alone": alone}
    return {name: _plain(rate) for name, rate in seen.items()}


batch_ceilings.says(
    passed="Tokens a second of a server and of a reader are two numbers. Ask which one is meant.",
    each="Tokens a second for each stream of a few",
    together="Tokens a second for these together",
    many="Tokens a second of 400 streams together",
    many_each="Tokens a second for each of 400 streams",
    slow="Tokens a second for each stream of a few, where arithmetic is slow",
    slow_together="Tokens a second for these together",
    alone="Tokens a second for a stream that is alone",
)


@batch_ceilings.alternative
def _(weights, cache, flops, bandwidth, peak, batch):
    together = min(bandwidth / (weights / batch + cache), peak / flops)
    return together / batch, together


@batch_ceilings.misconception(
    "times_the_batch",
    "Each stream gets {each} tokens/s from you, and it is {each:expected}: the speed of a stream "
    "that is alone, and together the batch times that. The weights are read once for all, which is "
    "the gain; what else has to be read for each further stream?",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    alone = min(bandwidth / (weights + cache), peak / flops)
    return alone, batch * alone


@batch_ceilings.misconception(
    "cache_forgotten",
    "Each stream gets {each} tokens/s from you, and it is {each:expected}: yours is what reading "
    "the weights alone would give. With a long context in every stream, the caches can be larger "
    "than the model. What does one stream read of its own?",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = max(weights / bandwidth, batch * flops / peak)
    return 1 / seconds, batch / seconds


@batch_ceilings.misconception(
    "one_cache_for_all",
    "Each stream gets {each} tokens/s from you, and it is {each:expected}: in your step the "
    "weights are read and one cache. A stream that is alone reads one. Whose keys and values do "
    "the others read?",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = max((weights + cache) / bandwidth, batch * flops / peak)
    return 1 / seconds, batch / seconds


@batch_ceilings.misconception(
    "weights_for_each",
    "Each stream gets {each} tokens/s from you, and it is {each:expected}: as if the weights "
    "were read again for each stream, and then a batch gains nothing. One product with a weight "
    "serves all rows of a batch. How often has it to be read?",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = max(batch * (weights + cache) / bandwidth, batch * flops / peak)
    return 1 / seconds, batch / seconds


@batch_ceilings.misconception(
    "memory_alone",
    "For a large batch you allow {many} tokens/s together, and arithmetic {many:expected}: yours "
    "is what reading alone would give. Bytes for each token become fewer with the batch. Do "
    "operations become fewer too?",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = (weights + batch * cache) / bandwidth
    return 1 / seconds, batch / seconds


@batch_ceilings.misconception(
    "arithmetic_alone",
    "Each stream gets {each} tokens/s from you, and it is {each:expected}: yours is what "
    "computing alone would give. For large batches that is right. What does a step of a few "
    "streams wait for?",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    return peak / (batch * flops), peak / flops


@batch_ceilings.misconception(
    "arithmetic_of_one",
    "For a large batch you allow {many} tokens/s together, and it is {many:expected}. Your "
    "step computes for one token, however many streams there are. The weights are read once for "
    "all. Are they multiplied once for all?",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = max((weights + batch * cache) / bandwidth, flops / peak)
    return 1 / seconds, batch / seconds


@batch_ceilings.misconception(
    "the_shorter_counts",
    "Each stream gets {each} tokens/s from you, and it is {each:expected}: your step is over when "
    "the shorter of its two parts is. Both go on at once. When are both done?",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = min((weights + batch * cache) / bandwidth, batch * flops / peak)
    return 1 / seconds, batch / seconds


@batch_ceilings.misconception(
    "one_after_the_other",
    "Each stream gets {each} tokens/s from you, and it is {each:expected}. Your step takes as long "
    "as reading and computing after each other. While one part is computed the next is read. Which "
    "of the two then decides?",
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


@batch_ceilings.misconception(
    "a_step_gives_one_token",
    "Together you have {together} tokens/s, and it is {together:expected}: one token for each "
    "step. A step makes the model run once. How many streams get a token from it?",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = max((weights + batch * cache) / bandwidth, batch * flops / peak)
    return 1 / seconds / batch, 1 / seconds


@batch_ceilings.misconception(
    "together_before_each",
    "For each stream you have {each} tokens/s and for all together {together}: they are right, in "
    "the other order. Which of the two grows with the batch?",
)
def _(weights, cache, flops, bandwidth, peak, batch):
    seconds = max((weights + batch * cache) / bandwidth, batch * flops / peak)
    return batch / seconds, 1 / seconds


batch_ceilings.hints(
    "How long does one step take, for memory and for arithmetic?",
    "Weights once, caches once for each stream; operations once for each stream. The longer time "
    "is the step.",
    "`max((weights + batch * cache) / bandwidth, batch * flops / peak)` seconds, and `batch` "
    "tokens come out of it.",
)
