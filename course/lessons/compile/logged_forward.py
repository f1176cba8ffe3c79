"""logged_forward, an exercise of lesson 04, compile."""

import mlx.core as mx
import numpy as np

from course.exercise import exercise
from course.probe import outcome

from .common import _first_sentence, _stand_in

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


@logged_forward.use(
    y="elementwise", log="elementwise", runs="reading", plain="reading", entries="reading"
)
def _(answer, rng):
    runs = plain = 0

    def counted(function):
        def layer(x):
            nonlocal runs, plain
            runs += 1
            plain += not _stand_in(x)
            return function(x)

        return layer

    # No number of the seed's is in the functions: a kernel is compiled once for all seeds.
    functions = [lambda x: mx.tanh(x) * 2, lambda x: -mx.square(x) - 0.5, lambda x: x + x]
    layers = [counted(function) for function in functions[: int(rng.integers(2, 4))]]
    shape = [(4,), (2, 3), (5,)][int(rng.integers(3))]
    xs = [mx.array(rng.normal(size=shape).astype(np.float32)) for _ in range(3)]
    mx.eval(xs)
    run, log = answer(layers)
    before = len(log)
    results = [run(x) for x in xs]
    if not isinstance(results[0], mx.array):
        return {"returned": type(results[0]).__name__}
    found = {
        "returned": "array",
        "runs": f"{runs} for {len(layers)} layers",
        "plain": plain,
        "before": before,
        "entries": len(log),
        "y": mx.stack(results),
    }
    entries = []
    ended = outcome(lambda: entries.append(mx.stack([mx.array(entry) for entry in log]).tolist()))
    return found | {
        "ended": _first_sentence(ended),
        "log": mx.array(entries[0]) if entries else None,
    }


logged_forward.says(
    passed="What comes out of a compiled function is what it returns; the rest is said once, and "
    "never again.",
    runs="How often a layer ran in three calls",
    returned="What `run` returned",
    plain="How often a layer ran outside of a trace",
    before="Entries in the log before the first call",
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
    "After three calls the log has {entries} instead of {entries:expected} entries, and looking "
    "into it ends with: {ended}. `append` is Python, and Python runs only while a function is "
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
    "Results and log are right. Layers ran {runs}, and {plain} of these runs were outside of a "
    "trace, where it should be {runs:expected}. The log goes through them once more, uncompiled, "
    "and so is all the work done again. Can one compiled function return both?",
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
    "Results and log are right, and no layer is compiled: all runs, {runs}, were outside of a "
    "trace. An uncompiled function keeps a log without any care. Which part of yours could be "
    "compiled, and which part has to stay outside?",
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
    "The log holds {log}; it should hold {log:expected}. Yours are the largest numbers. Which "
    "number of a layer is the farthest from 0, where some are below it?",
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


@logged_forward.misconception(
    "compiled_at_every_call",
    "Results and log are right. Layers ran {runs}, all in traces, where it should be "
    "{runs:expected}: a function is compiled anew at every call, and traced anew. What can be "
    "compiled before the first call?",
)
def _(layers):
    log = []

    def run(x):
        def forward(x):
            peaks = []
            for layer in layers:
                x = layer(x)
                peaks.append(mx.abs(x).max())
            return x, mx.stack(peaks)

        x, peaks = mx.compile(forward)(x)
        log.append(peaks)
        return x

    return run, log


@logged_forward.misconception(
    "another_list_grows",
    "The results are right, and the list that came with `run` is empty after three calls: nothing "
    "was put into it. An expression such as `log + [entry]` makes a new list, and leaves the one "
    "that was handed out as it was. What puts an entry into that very list?",
)
def _(layers):
    @mx.compile
    def forward(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(mx.abs(x).max())
        return x, mx.stack(peaks)

    log = []
    kept = {"log": log}

    def run(x):
        x, peaks = forward(x)
        kept["log"] = kept["log"] + [peaks]
        return x

    return run, log


@logged_forward.misconception(
    "each_layer_gets_x",
    "Your results are those of the last layer alone, and the log is that of layers which all get "
    "x. A comprehension over the layers does that. What should the second layer be given?",
)
def _(layers):
    @mx.compile
    def forward(x):
        found = [layer(x) for layer in layers]
        return found[-1], mx.stack([mx.abs(h).max() for h in found])

    log = []

    def run(x):
        x, peaks = forward(x)
        log.append(peaks)
        return x

    return run, log


@logged_forward.misconception(
    "mean_magnitude",
    "The log holds {log}; it should hold {log:expected}. Yours are mean magnitudes, which is what "
    "many logs of layers hold. Which magnitude was asked for?",
)
def _(layers):
    @mx.compile
    def forward(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(mx.abs(x).mean())
        return x, mx.stack(peaks)

    log = []

    def run(x):
        x, peaks = forward(x)
        log.append(peaks)
        return x

    return run, log


@logged_forward.misconception(
    "first_entry_again",
    "After three calls the log holds the same entry three times: {log}. Something is kept from the "
    "first call. Which entry belongs to the call that is running?",
)
def _(layers):
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
        log.append(log[0] if log else peaks)
        return x

    return run, log


@logged_forward.misconception(
    "log_and_run_swapped",
    "What was called as `run` is a list. The pair is (run, log): first what does it, then what is "
    "left of it. In which order does yours come?",
)
def _(layers):
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

    return log, run


@logged_forward.misconception(
    "peaks_returned_too",
    "`run` returns a {returned}, and what the last layer gives was asked for. A compiled function "
    "that gives both is a good beginning. Who else stands between it and the caller, and keeps the "
    "peaks?",
)
def _(layers):
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
        return x, peaks

    return run, log


@logged_forward.misconception(
    "inputs_logged",
    "The log holds {log}; it should hold {log:expected}. Yours begins with the magnitude of x, and "
    "the last layer's is missing: those are what the layers were given. What was to be logged of "
    "each?",
)
def _(layers):
    @mx.compile
    def forward(x):
        peaks = []
        for layer in layers:
            peaks.append(mx.abs(x).max())
            x = layer(x)
        return x, mx.stack(peaks)

    log = []

    def run(x):
        x, peaks = forward(x)
        log.append(peaks)
        return x

    return run, log


@logged_forward.misconception(
    "an_entry_for_each_layer",
    "After three calls the log has {entries} entries, one for each layer and call; one for each "
    "call was asked for. `extend` takes a list apart. What makes one array of the peaks of a call?",
)
def _(layers):
    @mx.compile
    def forward(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(mx.abs(x).max())
        return x, peaks

    log = []

    def run(x):
        x, peaks = forward(x)
        log.extend(peaks)
        return x

    return run, log


@logged_forward.misconception(
    "number_asked_inside",
    "While a function is traced there are no numbers, only stand-ins, and something asked for "
    "one, as `item`, `float` and `print` do. A log of numbers is easy to read. Where does a peak "
    "become a number, inside of the trace or outside?",
)
def _(layers):
    log = []

    @mx.compile
    def run(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(mx.abs(x).max().item())
        log.append(mx.array(peaks))
        return x

    return run, log


logged_forward.hints(
    "When is a line such as `log.append(...)` run, if it stands in a compiled function?",
    "Let the compiled function return the peaks too, and append them outside, in a function around "
    "it.",
    "`x, peaks = forward(x)` and then `log.append(peaks)`, both in `run`, which is not compiled.",
)
