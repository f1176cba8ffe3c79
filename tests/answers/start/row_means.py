"""Others' answers to row_means."""

from functools import partial

import mlx.core as mx

from course.author.answers import right, wrong


class _Rows:
    def __call__(self, x):
        return mx.vmap(mx.mean)(x)


right("mean(-1)")(lambda x: mx.mean(x, axis=-1))


right("partial")(partial(mx.mean, axis=1))


right("matrix product")(lambda x: (x @ mx.full((x.shape[1], 1), 1 / x.shape[1])).squeeze(-1))


right("class, vmap")(_Rows())


right("einsum")(lambda x: mx.einsum("rc->r", x) / x.shape[1])


wrong("columns")(lambda x: x.mean(axis=0))


wrong("keepdims")(lambda x: x.mean(axis=1, keepdims=True))


wrong("median")(lambda x: mx.sort(x, axis=1)[:, x.shape[1] // 2])


wrong("divided by 3 (the example)")(lambda x: x.sum(axis=1) / 3)


wrong("the first row only")(lambda x: x[0].mean())


wrong("floor")(lambda x: mx.floor(x.mean(axis=1)))


wrong("C - 1 (ddof habit)")(lambda x: x.sum(axis=1) / (x.shape[1] - 1))


wrong("midrange")(lambda x: (x.max(axis=1) + x.min(axis=1)) / 2)


wrong("PyTorch dim=")(lambda x: x.mean(dim=1))


wrong("a list")(lambda x: [float(r.mean()) for r in x])


wrong("geometric mean of magnitudes")(lambda x: mx.exp(mx.log(mx.abs(x) + 1e-9).mean(axis=1)))
