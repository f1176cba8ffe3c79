"""Others' answers to compile_once."""

import mlx.core as mx

from course.author.answers import right, wrong


class _Runner:
    def __init__(self, body):
        self.body = mx.compile(body)

    def __call__(self, batches):
        results = []
        for batch in batches:
            results.append(self.body(batch))
        return results


right("list of map")(lambda body, batches: list(map(mx.compile(body), batches)))


@right("one compiled function for each shape, lambdas")
def _(body, batches):
    by_shape, out = {}, []
    for x in batches:
        if x.shape not in by_shape:
            by_shape[x.shape] = mx.compile(lambda x: body(x))
        out.append(by_shape[x.shape](x))
    return out


@right("each result evaluated at once (they may be pending, and need not)")
def _(body, batches):
    f, out = mx.compile(body), []
    for x in batches:
        y = f(x)
        mx.eval(y)
        out.append(y)
    return out


@right("mx.eval of the whole list before it is returned")
def _(body, batches):
    f = mx.compile(body)
    out = [f(x) for x in batches]
    mx.eval(out)
    return out


right("class holding the compiled function")(lambda body, batches: _Runner(body)(batches))


@right("decorator on an inner function")
def _(body, batches):
    @mx.compile
    def run(x):
        return body(x)

    outputs = []
    for batch in list(batches):
        outputs += [run(batch)]
    return outputs


wrong("plain", named="never_compiled")(lambda body, batches: [body(x) for x in batches])


wrong("lambda compiled in the loop", named="compile_lambda_loop")(
    lambda body, batches: [mx.compile(lambda x: body(x))(x) for x in batches]
)


wrong("generator", named="nothing_has_run")(lambda body, batches: map(mx.compile(body), batches))


wrong("shapeless", named="one_trace_for_all_shapes")(
    lambda body, batches: list(map(mx.compile(body, shapeless=True), batches))
)


@wrong("one call over a list: compiles the whole loop", named="compile_lambda_loop")
def _(body, batches):
    return mx.compile(lambda xs: [body(x) for x in xs])(list(batches))


@wrong("sorted by shape")
def _(body, batches):
    f = mx.compile(body)
    return [f(x) for x in sorted(batches, key=lambda x: x.shape)]


@wrong(
    "cache by size, not by shape: results of the first batch with that shape",
    named="first_result_kept",
)
def _(body, batches):
    f, seen, out = mx.compile(body), {}, []
    for x in batches:
        if x.shape not in seen:
            seen[x.shape] = f(x)
        out.append(seen[x.shape])
    return out
