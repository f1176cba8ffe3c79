"""logged_forward, an exercise of lesson 04, compile."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise
from course.probe import outcome

logged_forward = exercise(minutes=7, level=2, needs=("compile",))


@logged_forward.solution
def _(layers):
    """A compiled forward pass that keeps a log.

    `layers` is a list of functions of one array. Return a pair (run, log). `run(x)` sends x through
    the layers, one after the other, and returns what the last one gives. `log` is a list, empty at
    first; each call of `run` appends an array of shape (len(layers),): the largest magnitude in
    what each layer gave. The layers run compiled: once in all, for arrays of one shape.
    For two layers that double and negate, `run(mx.array([1.0, -3.0]))` returns [-2, 6] and appends
    [6, 6].
    """

    @mx.compile
    def forward(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(mx.abs(x).max())
        return x, mx.stack(peaks)

    log = []

    def run(x):
        x, peaks = forward(x)
        log.append(peaks)
        return x

    return run, log


@logged_forward.use(y="elementwise", log="elementwise", runs="reading", entries="reading")
def _(answer, rng):
    runs = 0

    def counted(function):
        def layer(x):
            nonlocal runs
            runs += 1
            return function(x)

        return layer

    # No number of the seed's is in the functions: a kernel is compiled once for all seeds.
    layers = [counted(lambda x: mx.tanh(x) * 2), counted(lambda x: -mx.square(x) - 0.5)]
    xs = [mx.array(rng.normal(size=4).astype(np.float32)) for _ in range(3)]
    mx.eval(xs)
    run, log = answer(layers)
    results = [run(x) for x in xs]
    found = {"runs": runs, "entries": len(log), "y": mx.stack(results)}
    entries = []
    ended = outcome(lambda: entries.append(mx.stack([mx.array(entry) for entry in log]).tolist()))
    found["ended"] = ended.partition(". ")[0].partition("\n")[0]
    return found | {"log": mx.array(entries[0]) if entries else None}


logged_forward.says(
    passed="What comes out of a compiled function is what it returns; the rest is said once, and "
    "never again.",
    runs="How often a layer ran, for two layers and three calls",
    entries="Entries in the log after three calls",
    y="What three calls returned",
    ended="How reading the log ended",
    log="The log",
)


@logged_forward.alternative
def _(layers):
    log, state = [], {}

    def forward(x):
        for i, layer in enumerate(layers):
            x = layer(x)
            state[str(i)] = mx.abs(x).max()
        return x

    compiled = mx.compile(forward, outputs=state)

    def run(x):
        y = compiled(x)
        log.append(mx.array([state[str(i)].item() for i in range(len(layers))]))
        return y

    return run, log


@logged_forward.alternative
def _(layers):
    class Run:
        def __init__(self):
            self.log = []
            self.forward = mx.compile(self.all_of_them)

        def all_of_them(self, x):
            found = [x]
            for layer in layers:
                found.append(layer(found[-1]))
            return found[1:]

        def __call__(self, x):
            found = self.forward(x)
            self.log.append(mx.stack([mx.max(mx.abs(h)) for h in found]))
            return found[-1]

    run = Run()
    return run, run.log


@logged_forward.misconception(
    "compile_side_effect",
    "After three calls the log has {entries} instead of {entries:expected} entries, and who looks "
    "into it meets: {ended}. `append` is Python, and Python runs only while the function is "
    "traced; what it put away is a stand-in without numbers. What gets out of a compiled function "
    "at every call?",
)
def _(layers):
    log = []

    @mx.compile
    def run(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(mx.abs(x).max())
        log.append(mx.stack(peaks))
        return x

    return run, log


@logged_forward.misconception(
    "layers_run_again_for_the_log",
    "Results and log are right, and layers ran {runs} times in three calls; it should be "
    "{runs:expected}. The log goes through them once more, uncompiled, and so does all the work "
    "again. Can one compiled function return both?",
)
def _(layers):
    log = []

    def forward(x):
        for layer in layers:
            x = layer(x)
        return x

    compiled = mx.compile(forward)

    def run(x):
        peaks, h = [], x
        for layer in layers:
            h = layer(h)
            peaks.append(mx.abs(h).max())
        log.append(mx.stack(peaks))
        return compiled(x)

    return run, log


@logged_forward.misconception(
    "not_compiled",
    "Results and log are right, and nothing is compiled: layers ran {runs} times in three calls, "
    "and it should be {runs:expected}.",
)
def _(layers):
    log = []

    def run(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(mx.abs(x).max())
        log.append(mx.stack(peaks))
        return x

    return run, log


@logged_forward.misconception(
    "largest_not_magnitude",
    "The log holds {log}; it should hold {log:expected}. The largest number of a layer is not its "
    "largest magnitude where numbers are below 0.",
)
def _(layers):
    @mx.compile
    def forward(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(x.max())
        return x, mx.stack(peaks)

    log = []

    def run(x):
        x, peaks = forward(x)
        log.append(peaks)
        return x

    return run, log


logged_forward.hints(
    "When is a line such as `log.append(...)` run, if it stands in a compiled function?",
    "Let the compiled function return the peaks too, and append them outside, in a function around "
    "it.",
    "`x, peaks = forward(x)` and then `log.append(peaks)`, both in `run`, which is not compiled.",
)
