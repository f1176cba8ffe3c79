"""Others' answers to kv_cache."""

import mlx.core as mx

from course.author.answers import right, wrong


class _KV:
    def __init__(self, capacity):
        self.capacity, self.offset, self.keys = capacity, 0, None

    def full(self, L):
        if self.offset + L > self.capacity:
            raise ValueError("full")

    def room(self, new):
        return mx.zeros((*new.shape[:2], self.capacity, new.shape[3]), new.dtype)

    def give(self, a):
        return a[:, :, : self.offset]

    def update(self, keys, values):
        L = keys.shape[2]
        self.full(L)
        if self.keys is None:
            self.keys, self.values = self.room(keys), self.room(values)
        self.keys[:, :, self.offset : self.offset + L] = keys
        self.values[:, :, self.offset : self.offset + L] = values
        self.offset += L
        return self.give(self.keys), self.give(self.values)


@right("zeros and slices")
class _:
    def __init__(self, capacity):
        self.capacity, self.offset = capacity, 0
        self.keys = self.values = None

    def update(self, keys, values):
        B, H, L, D = keys.shape
        end = self.offset + L
        if end > self.capacity:
            raise ValueError("full")
        if self.keys is None:
            self.keys = mx.zeros((B, H, self.capacity, D), keys.dtype)
            self.values = mx.zeros((B, H, self.capacity, D), values.dtype)
        self.keys[:, :, self.offset : end] = keys
        self.values[..., self.offset : end, :] = values
        self.offset = end
        return self.keys[:, :, :end], self.values[:, :, :end]


@right("helper, dict of buffers, mx.zeros evaluated")
class _:
    def __init__(self, capacity):
        self.capacity, self.offset = capacity, 0
        self._room = {}

    def _put(self, name, new):
        if name not in self._room:
            B, H, _, D = new.shape
            self._room[name] = mx.zeros((B, H, self.capacity, D), dtype=new.dtype)
            mx.eval(self._room[name])
        room = self._room[name]
        room[:, :, self.offset : self.offset + new.shape[2], :] = new
        return room[:, :, : self.offset + new.shape[2], :]

    def update(self, keys, values):
        if self.offset + keys.shape[2] > self.capacity:
            raise ValueError(f"{self.capacity} tokens are all there is room for")
        k, v = self._put("k", keys), self._put("v", values)
        self.offset += keys.shape[2]
        return k, v


@right("slice_update")
class _:
    def __init__(self, capacity):
        self.capacity, self.offset, self.room = capacity, 0, None

    def update(self, keys, values):
        L = keys.shape[-2]
        if self.capacity - self.offset < L:
            raise ValueError
        if self.room is None:
            shape = (*keys.shape[:2], self.capacity, keys.shape[-1])
            self.room = [
                mx.zeros(shape, keys.dtype),
                mx.zeros((*values.shape[:2], self.capacity, values.shape[-1]), values.dtype),
            ]
        for i, new in enumerate((keys, values)):
            self.room[i] = mx.slice_update(self.room[i], new, mx.array([self.offset]), axes=(2,))
        self.offset += L
        return tuple(r[:, :, : self.offset] for r in self.room)


@wrong("returns the whole room", named="empty_places_too")
class _(_KV):
    def give(self, a):
        return a


@wrong("returns only the new tokens", named="only_the_new")
class _(_KV):
    def update(self, keys, values):
        super().update(keys, values)
        return keys, values


@wrong("no ValueError: writes past the end silently", named="overflow_unnoticed")
class _(_KV):
    def full(self, L):
        pass


@wrong("full one token early", named="one_place_unused")
class _(_KV):
    def full(self, L):
        if self.offset + L >= self.capacity:
            raise ValueError("full")


@wrong("other exception", named="assertion")
class _(_KV):
    def full(self, L):
        assert self.offset + L <= self.capacity


@wrong("offset moved by one", named="offset_counts_calls")
class _(_KV):
    def update(self, keys, values):
        k, v = super().update(keys, values)
        self.offset += 1 - keys.shape[2]
        return k, v


@wrong("keys kept where values should be", named="keys_for_values")
class _(_KV):
    def update(self, keys, values):
        k, v = super().update(keys, values)
        return k, k


@wrong("raises after writing", named="moved_before_refusing")
class _(_KV):
    def full(self, L):
        pass

    def update(self, keys, values):
        L = keys.shape[2]
        if self.keys is None:
            self.keys, self.values = self.room(keys), self.room(values)
        n = min(L, self.capacity - self.offset)
        self.keys[:, :, self.offset : self.offset + n] = keys[:, :, :n]
        self.values[:, :, self.offset : self.offset + n] = values[:, :, :n]
        self.offset += L
        if self.offset > self.capacity:
            raise ValueError("full")
        return self.give(self.keys), self.give(self.values)


@wrong("shape (B, L, H, D) assumed", named="tokens_on_axis_1")
class _(_KV):
    def update(self, keys, values):
        L = keys.shape[1]
        self.full(L)
        if self.keys is None:
            self.keys = mx.zeros((keys.shape[0], self.capacity, *keys.shape[2:]), keys.dtype)
            self.values = mx.zeros(
                (values.shape[0], self.capacity, *values.shape[2:]), values.dtype
            )
        self.keys[:, self.offset : self.offset + L] = keys
        self.values[:, self.offset : self.offset + L] = values
        self.offset += L
        return self.keys[:, : self.offset], self.values[:, : self.offset]


@wrong("list of pieces joined each time", named="pieces_kept")
class _(_KV):
    def update(self, keys, values):
        self.full(keys.shape[2])
        if self.keys is None:
            self.keys, self.values = [], []
        self.keys.append(keys)
        self.values.append(values)
        self.offset += keys.shape[2]
        return mx.concatenate(self.keys, axis=2), mx.concatenate(self.values, axis=2)
