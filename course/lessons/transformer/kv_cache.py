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


def _pair(rng, length, dtype=mx.float32, batch=1, heads=2, size=4):
    both = rng.normal(size=(2, batch, heads, length, size)).astype(np.float32)
    return [mx.array(part).astype(dtype) for part in both]


def _growth(answer, rng):
    """Bytes that ten tokens add to a cache that has had its first update, in steps of 1,024.

    Buffers that are used again may be a little larger than what they hold.
    """
    cache = answer(64)
    mx.eval(cache.update(*_pair(rng, 1, size=64)))
    mx.synchronize()
    before = mx.get_active_memory()
    for _ in range(10):
        mx.eval(cache.update(*_pair(rng, 1, size=64)))  # nobody else keeps what came in
        mx.synchronize()
        mx.clear_cache()
    return max(0, round((mx.get_active_memory() - before) / 1024) * 1024)


def _overfull(answer, rng, capacity):
    """How updates end: two tokens for one place, one token for it, one more; and what is kept.

    What was taken past the end is never evaluated: on a CPU `mx.slice_update` writes it over
    memory that belongs to others, and the kernel dies.
    """
    cache = answer(capacity)
    mx.eval(cache.update(*_pair(rng, capacity - 1)))
    last: list = []

    def ended(length):
        said = outcome(lambda: last.extend(cache.update(*_pair(rng, length))))
        return f"{said.partition(':')[0]}, then holds {cache.offset}"

    found = {"partly": ended(2), "fits": "not tried", "kept": None, "full": "not tried"}
    if not last:
        found["fits"] = ended(1)
        if last:
            found["kept"] = mx.concatenate([part.reshape(-1) for part in last])
            mx.eval(found["kept"])
        found["full"] = ended(1)
    return found


@kv_cache.use(grown="reading", capacity="reading", full="reading")
def _(answer, rng):
    first, later = int(rng.integers(3, 6)), int(rng.integers(2, 4))
    capacity = first + later + int(rng.integers(3, 6))
    batch, heads, size = (int(n) for n in rng.integers((1, 1, 3), (4, 4, 6)))
    cache = answer(capacity)
    for length in (first, 1):
        cache.update(*_pair(rng, length, mx.float32, batch, heads, size))
    keys, values = cache.update(*_pair(rng, later, mx.float32, batch, heads, size))
    half, half_values = answer(3).update(*_pair(rng, 2, mx.float16))
    found = {
        "keys": keys,
        "values": values,
        "offset": cache.offset,
        "half": half,
        "half_values": half_values,
        "grown": _growth(answer, rng),
        "capacity": capacity,
    }
    return found | _overfull(answer, rng, int(rng.integers(4, 7)))


kv_cache.says(
    passed="The shapes of the buffers never change, which is also what a compiled step needs.",
    keys="Keys after three updates",
    values="Values after three updates",
    offset="The offset after three updates",
    half="Keys that came in as float16",
    half_values="Values that came in as float16",
    grown="Bytes added by ten tokens after the first update",
    partly="An update of two tokens where there is room for one",
    fits="An update of one token after that",
    kept="Keys and values after that",
    full="An update of one token to a full cache",
    capacity="The capacity",
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
        place = slice(self.offset, self.offset + new)
        for i, part in enumerate((keys, values)):
            self._both[i] = self._both[i].at[..., place, :].add(part)
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
    "All values are right, and the cache grew by {grown} bytes in ten updates, as one that is laid "
    "out anew for each token: two of them lie in memory at a time, and for n tokens n * n / 2 are "
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
    "The new tokens were returned, and not those before them, so that each token sees itself "
    "alone. The caller has these already. What has only the cache?",
)
class _(_Cache):
    def update(self, keys, values):
        super().update(keys, values)
        return keys, values


@kv_cache.misconception(
    "written_at_zero",
    "The numbers are those of updates that are all written to the beginning, each over the one "
    "before. The offset says how many tokens there are; what else does it say?",
)
class _(_Cache):
    def put(self, keys, values, end):
        self.keys[:, :, : keys.shape[2]] = keys
        self.values[:, :, : keys.shape[2]] = values
        self.offset = end


@kv_cache.misconception(
    "offset_counts_calls",
    "The offset is {offset} and should be {offset:expected}: it counts updates, as if each brought "
    "one token. A prompt is one update with many. By how much does it move?",
)
class _(_Cache):
    def put(self, keys, values, end):
        self.keys[:, :, self.offset : end] = keys
        self.values[:, :, self.offset : end] = values
        self.offset += 1


@kv_cache.misconception(
    "always_float32",
    "float16 came in, and float32 comes out: `mx.zeros` makes float32 unless it is told otherwise, "
    "and what is written into it is converted. Nothing fails; the cache takes twice the memory. "
    "When do you know the dtype?",
)
class _(_Cache):
    def room(self, x):
        return mx.zeros((*x.shape[:2], self.capacity, x.shape[-1]))


@kv_cache.misconception(
    "overflow_unnoticed",
    "A token too many was taken without a word: {full}. MLX does not complain about a slice past "
    "the end, it writes nothing, and the model goes on as if the last token had not been said. Who "
    "has to look?",
)
class _(_Cache):
    def update(self, keys, values):
        if self.keys is None:
            self.keys, self.values = self.room(keys), self.room(values)
        end = self.offset + keys.shape[2]
        self.put(keys, values, end)
        return self.handed(end)


@kv_cache.misconception(
    "bounds_not_looked_at",
    "Two tokens were taken where there was room for one: {partly}. MLX does not look after the "
    "bounds for you, and what is written past the end is lost, or written over something else. "
    "When do you know how many will fit?",
)
class _(_Cache):
    def update(self, keys, values):
        if self.keys is None:
            self.keys, self.values = self.room(keys), self.room(values)
        end, start = self.offset + keys.shape[2], mx.array([self.offset])
        self.keys = mx.slice_update(self.keys, keys, start, axes=(2,))
        self.values = mx.slice_update(self.values, values, start, axes=(2,))
        self.offset = end
        return self.handed(end)


@kv_cache.misconception(
    "pieces_kept",
    "All values are right, and the cache grew by {grown} bytes in ten updates, as a list of pieces "
    "does. Joined at each step, they are copied at each step as well. What do you know before the "
    "first token comes?",
)
class _(_Cache):
    def room(self, x):
        return []

    def put(self, keys, values, end):
        self.keys.append(keys)
        self.values.append(values)
        self.offset = end

    def handed(self, end):
        return mx.concatenate(self.keys, axis=2), mx.concatenate(self.values, axis=2)


@kv_cache.misconception(
    "one_place_unused",
    "A token for which there is a place was refused: {fits}. Your cache is full one token early. "
    "For at most how many tokens was it made?",
)
class _(_Cache):
    def update(self, keys, values):
        if self.offset + keys.shape[2] >= self.capacity:
            raise ValueError("no room")
        return super().update(keys, values)


@kv_cache.misconception(
    "assertion",
    "The update that does not fit is refused, with AssertionError where ValueError was asked for. "
    "An `assert` is for what cannot happen, and Python can be told to leave it out. What says that "
    "the caller gave too much?",
)
class _(_Cache):
    def update(self, keys, values):
        assert self.offset + keys.shape[2] <= self.capacity
        return super().update(keys, values)


@kv_cache.misconception(
    "moved_before_refusing",
    "The update that does not fit is refused ({partly}), and the offset has moved all the same. "
    "Who catches the error now has a cache that claims more than it holds. What comes first, "
    "moving or looking?",
)
class _(_Cache):
    def update(self, keys, values):
        if self.keys is None:
            self.keys, self.values = self.room(keys), self.room(values)
        start, self.offset = self.offset, self.offset + keys.shape[2]
        if self.offset > self.capacity:
            raise ValueError("no room")
        self.keys[:, :, start : self.offset] = keys
        self.values[:, :, start : self.offset] = values
        return self.handed(self.offset)


@kv_cache.misconception(
    "tokens_on_axis_1",
    "It stopped where new tokens were written: the room for them is on axis 1, where PyTorch often "
    "has its tokens. In (B, heads, L, D), which axis is theirs?",
)
class _(_Cache):
    def update(self, keys, values):
        end = self.offset + keys.shape[1]
        if end > self.capacity:
            raise ValueError("no room")
        if self.keys is None:
            shape = (keys.shape[0], self.capacity, *keys.shape[2:])
            self.keys, self.values = mx.zeros(shape, keys.dtype), mx.zeros(shape, values.dtype)
        self.keys[:, self.offset : end] = keys
        self.values[:, self.offset : end] = values
        self.offset = end
        return self.keys[:, :end], self.values[:, :end]


@kv_cache.misconception(
    "keys_for_values",
    "The keys are right, and they came back a second time where the values should be. The two have "
    "the same shape, so nothing stops. Which of your two arrays is returned second?",
)
class _(_Cache):
    def handed(self, end):
        return self.keys[:, :, :end], self.keys[:, :, :end]


kv_cache.hints(
    "What is known at the first update, and what does not change afterwards?",
    "Everything but the offset. Make room for `capacity` tokens then, write each update into its "
    "slice, and return a slice from the beginning.",
    "`self.keys[:, :, start:end] = keys`; `mx.zeros((B, heads, capacity, D), keys.dtype)` makes "
    "the room. MLX does not raise at a slice past the end.",
)
