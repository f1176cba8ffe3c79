"""Others' answers to as_column."""

import mlx.core as mx

from course.author.answers import right, wrong


@right("expand_dims")
def _(values: list) -> mx.array:
    flat = mx.array(values, mx.float16)
    return mx.expand_dims(flat, axis=-1)


wrong("flat")(lambda values: mx.array(values, dtype=mx.float16))


wrong("bfloat16")(lambda values: mx.array(values, dtype=mx.bfloat16)[:, None])


wrong("int first")(lambda values: mx.array([int(v) for v in values], dtype=mx.float16)[:, None])


wrong("hard-coded two rows")(lambda values: mx.array(values, dtype=mx.float16).reshape(2, 1))


wrong("astype not kept")(
    lambda values: (lambda a: (a.astype(mx.float16), a[:, None])[1])(mx.array(values))
)


wrong("(N, 1, 1)")(lambda values: mx.array(values, dtype=mx.float16)[:, None, None])


wrong("sorted")(lambda values: mx.array(sorted(values), dtype=mx.float16)[:, None])


wrong("uint16 view")(lambda values: mx.array(values, dtype=mx.float16).view(mx.uint16)[:, None])
