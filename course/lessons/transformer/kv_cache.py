"""kv_cache, an exercise of lesson 06, transformer."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise
from course.probe import outcome

kv_cache = exercise(minutes=12, level=3)


@kv_cache.solution
class _:
    """Keeps the keys and values of what was read, in memory that is taken once.

    `kv_cache(capacity)` makes it, for at most `capacity` tokens. `cache.offset` is the number of
    tokens it holds, 0 at first. `cache.update(keys, values)` takes two arrays of shape
    (B, heads, L, D), the next L tokens, keeps them, moves the offset on by L, and returns keys and
    values of all tokens so far, each (B, heads, offset, D), in the dtype they came in. Batch,
    heads, D and dtype are known from the first update on and stay the same. After the first update
    no memory is added: there is room for `capacity` tokens from then on. An update that does not
    fit raises ValueError and keeps what was there.
    After updates of 3 and of 1 token, offset is 4 and the returned keys have 4 rows.
    """

    def __init__(self, capacity):
        self.capacity, self.offset = capacity, 0
        # -- yours
        self.keys = self.values = None
        # -- end

    def update(self, keys, values):
        # -- yours
        start, end = self.offset, self.offset + keys.shape[2]
        if end > self.capacity:
            raise ValueError(f"[kv_cache] holds {self.capacity} tokens but got {end}.")
        if self.keys is None:
            B, heads, _, D = keys.shape
            self.keys = mx.zeros((B, heads, self.capacity, D), keys.dtype)
            self.values = mx.zeros((B, heads, self.capacity, D), values.dtype)
        self.keys[:, :, start:end] = keys
        self.values[:, :, start:end] = values
        self.offset = end
        return self.keys[:, :, :end], self.values[:, :, :end]
        # -- end


def _pair(rng, length, dtype=mx.float32):
    both = rng.normal(size=(2, 1, 2, length, 4)).astype(np.float32)
    return [mx.array(part).astype(dtype) for part in both]


def _growth(answer, rng):
    """Bytes that ten tokens add to a cache that has had its first update."""
    cache, tokens = answer(64), [_pair(rng, 1) for _ in range(11)]
    mx.eval(tokens, cache.update(*tokens[0]))
    mx.synchronize()
    before = mx.get_active_memory()
    for pair in tokens[1:]:
        mx.eval(cache.update(*pair))
        mx.synchronize()
        mx.clear_cache()  # a buffer that is used again may be larger than what it holds
    return max(0, mx.get_active_memory() - before)  # arrays of the notebook's may have gone


def _overfull(answer, rng):
    """How the update that does not fit ends: the error's type, or "returned"."""
    cache = answer(4)
    mx.eval(cache.update(*_pair(rng, 4)))
    ended = outcome(lambda: mx.eval(cache.update(*_pair(rng, 1))))
    return f"{ended.split(':')[0]}, then holds {cache.offset}"


@kv_cache.use(grown="reading", capacity="reading", full="reading")
def _(answer, rng):
    cache = answer(12)
    first, later = int(rng.integers(3, 6)), int(rng.integers(2, 4))
    cache.update(*_pair(rng, first))
    cache.update(*_pair(rng, 1))
    keys, values = cache.update(*_pair(rng, later))
    half, _ = answer(3).update(*_pair(rng, 2, mx.float16))
    return {
        "keys": keys,
        "values": values,
        "offset": cache.offset,
        "half": half,
        "grown": _growth(answer, rng),
        "full": _overfull(answer, rng),
        "capacity": 12,
    }


kv_cache.says(
    passed="The shapes of the buffers never change, which is also what a compiled step needs.",
    keys="Keys after three updates",
    values="Values after three updates",
    offset="The offset after three updates",
    half="Keys that came in as float16",
    grown="Bytes added by ten tokens after the first update",
    full="An update of one token to a full cache",
)


@kv_cache.alternative
class _:
    def __init__(self, capacity):
        self.capacity, self.offset, self._both = capacity, 0, []

    def update(self, keys, values):
        new = keys.shape[-2]
        if self.offset + new > self.capacity:
            raise ValueError("The cache is full.")
        if not self._both:
            shape = (*keys.shape[:2], self.capacity, keys.shape[-1])
            self._both = [mx.zeros(shape, part.dtype) for part in (keys, values)]
        start = mx.array([self.offset])
        for i, part in enumerate((keys, values)):
            self._both[i] = mx.slice_update(self._both[i], part, start, axes=[2])
        self.offset += new
        return tuple(part[..., : self.offset, :] for part in self._both)


@kv_cache.alternative
class _:  # keys and values in one array, the tokens in front
    def __init__(self, capacity):
        self.room = None
        self.capacity = capacity
        self.offset = 0

    def update(self, keys, values):
        pair = mx.stack([keys, values]).transpose(3, 0, 1, 2, 4)
        if self.offset + len(pair) > self.capacity:
            raise ValueError("no room")
        if self.room is None:
            self.room = mx.zeros((self.capacity, *pair.shape[1:]), pair.dtype)
        self.room[self.offset : self.offset + len(pair)] = pair
        self.offset += len(pair)
        held = self.room[: self.offset].transpose(1, 2, 3, 0, 4)
        return held[0], held[1]


@kv_cache.misconception(
    "grown_by_concatenation",
    "All values are right, and the cache grew by {grown} bytes in ten updates: it is laid out anew "
    "for each token. Between two of them both lie in memory, and for n tokens n * n / 2 are "
    "copied. What do you know before the first token comes?",
)
class _:
    def __init__(self, capacity):
        self.capacity, self.offset, self.keys = capacity, 0, None

    def update(self, keys, values):
        if self.offset + keys.shape[2] > self.capacity:
            raise ValueError("no room")
        if self.keys is not None:
            keys = mx.concatenate([self.keys, keys], axis=2)
            values = mx.concatenate([self.values, values], axis=2)
        self.keys, self.values, self.offset = keys, values, keys.shape[2]
        return keys, values


class _Cache:
    """What the wrong caches share."""

    def __init__(self, capacity):
        self.capacity, self.offset, self.keys = capacity, 0, None

    def update(self, keys, values):
        end = self.offset + keys.shape[2]
        if end > self.capacity:
            raise ValueError("no room")
        if self.keys is None:
            self.keys, self.values = self.room(keys), self.room(values)
        self.put(keys, values, end)
        return self.handed(end)

    def room(self, x):
        return mx.zeros((*x.shape[:2], self.capacity, x.shape[-1]), x.dtype)

    def put(self, keys, values, end):
        self.keys[:, :, self.offset : end] = keys
        self.values[:, :, self.offset : end] = values
        self.offset = end

    def handed(self, end):
        return self.keys[:, :, :end], self.values[:, :, :end]


@kv_cache.misconception(
    "empty_places_too",
    "All {capacity} places were returned, those that nothing has been written to as well. Zeros "
    "are keys like any other: their score is 0, and a softmax gives them a share. How many places "
    "are taken?",
)
class _(_Cache):
    def handed(self, end):
        return self.keys, self.values


@kv_cache.misconception(
    "only_the_new",
    "The new tokens were returned, and not those before them. The cache keeps everything and shows "
    "nothing of it, so that each token sees itself alone.",
)
class _(_Cache):
    def update(self, keys, values):
        super().update(keys, values)
        return keys, values


@kv_cache.misconception(
    "written_at_zero",
    "Each update was written to the beginning, over the one before. The offset says how many there "
    "are; does it also say where to write?",
)
class _(_Cache):
    def put(self, keys, values, end):
        self.keys[:, :, : keys.shape[2]] = keys
        self.values[:, :, : keys.shape[2]] = values
        self.offset = end


@kv_cache.misconception(
    "offset_counts_calls",
    "The offset is {offset} and should be {offset:expected}: it counts updates, and a prompt is "
    "one update with many tokens.",
)
class _(_Cache):
    def put(self, keys, values, end):
        self.keys[:, :, self.offset : end] = keys
        self.values[:, :, self.offset : end] = values
        self.offset += 1


@kv_cache.misconception(
    "always_float32",
    "float16 keys came in, and float32 comes out: `mx.zeros` makes float32 unless it is told "
    "otherwise, and what is written into it is converted. Nothing fails; the cache takes twice "
    "the memory.",
)
class _(_Cache):
    def room(self, x):
        return mx.zeros((*x.shape[:2], self.capacity, x.shape[-1]))


@kv_cache.misconception(
    "overflow_unnoticed",
    "A token too many was taken without a word: {full}. MLX does not complain about a slice past "
    "the end, it writes nothing, and the model goes on as if the last token had not been said.",
)
class _(_Cache):
    def update(self, keys, values):
        if self.keys is None:
            self.keys, self.values = self.room(keys), self.room(values)
        end = self.offset + keys.shape[2]
        self.put(keys, values, end)
        return self.handed(end)


kv_cache.hints(
    "What is known at the first update, and what does not change afterwards?",
    "Everything but the offset. Make room for `capacity` tokens then, write each update into its "
    "slice, and return a slice from the beginning.",
    "`self.keys[:, :, start:end] = keys`; `mx.zeros((B, heads, capacity, D), keys.dtype)` makes "
    "the room. MLX does not raise at a slice past the end.",
)
