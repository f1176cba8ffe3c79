"""Others' answers to logged_forward."""

import mlx.core as mx

from course.author.answers import right, wrong


@right("returns the statistics")
def _(layers):
    log = []

    @mx.compile
    def forward(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(mx.abs(x).max())
        return x, mx.stack(peaks)

    def run(x):
        y, peaks = forward(x)
        log.append(peaks)
        return y

    return run, log


@right("list out of the compiled function, mx.stack outside")
def _(layers):
    log = []

    def forward(x):
        outs = []
        for layer in layers:
            outs.append(layer(outs[-1] if outs else x))
        return outs

    compiled = mx.compile(forward)

    def run(x):
        outs = compiled(x)
        log.append(mx.stack([mx.max(mx.abs(h)) for h in outs]))
        return outs[-1]

    return [run, log]


@wrong("appends inside", named="compile_side_effect")
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


@wrong("not compiled", named="not_compiled")
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


@wrong("max without magnitude", named="largest_not_magnitude")
def _(layers):
    log = []

    @mx.compile
    def forward(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(x.max())
        return x, mx.stack(peaks)

    def run(x):
        y, p = forward(x)
        log.append(p)
        return y

    return run, log


@wrong("log rebound: the caller's list stays empty", named="another_list_grows")
def _(layers):
    log = []
    holder = {"log": log}

    @mx.compile
    def forward(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(mx.abs(x).max())
        return x, mx.stack(peaks)

    def run(x):
        y, p = forward(x)
        holder["log"] = holder["log"] + [p]
        return y

    return run, log


@wrong("appends the first call's array each time", named="first_entry_again")
def _(layers):
    log, first = [], []

    @mx.compile
    def forward(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(mx.abs(x).max())
        return x, mx.stack(peaks)

    def run(x):
        y, p = forward(x)
        first.append(p)
        log.append(first[0])
        return y

    return run, log


@wrong(
    "compiled within run: traced again each call",
    named="compiled_at_every_call",
    never=("not_compiled",),
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

        y, p = mx.compile(forward)(x)
        log.append(p)
        return y

    return run, log


@wrong("runs plain for the log and compiled for the result", named="layers_run_again_for_the_log")
def _(layers):
    log = []

    def forward(x):
        for layer in layers:
            x = layer(x)
        return x

    fast = mx.compile(forward)

    def run(x):
        h, peaks = x, []
        for layer in layers:
            h = layer(h)
            peaks.append(mx.abs(h).max())
        log.append(mx.stack(peaks))
        return fast(x)

    return run, log


@wrong("every layer is given x", named="each_layer_gets_x")
def _(layers):
    log = []

    @mx.compile
    def forward(x):
        outs = [layer(x) for layer in layers]
        return outs[-1], mx.stack([mx.abs(h).max() for h in outs])

    def run(x):
        y, p = forward(x)
        log.append(p)
        return y

    return run, log


@wrong("mean magnitude", named="mean_magnitude")
def _(layers):
    log = []

    @mx.compile
    def forward(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(mx.abs(x).mean())
        return x, mx.stack(peaks)

    def run(x):
        y, p = forward(x)
        log.append(p)
        return y

    return run, log


@wrong("(log, run)", named="log_and_run_swapped")
def _(layers):
    log = []

    @mx.compile
    def forward(x):
        peaks = []
        for layer in layers:
            x = layer(x)
            peaks.append(mx.abs(x).max())
        return x, mx.stack(peaks)

    def run(x):
        y, p = forward(x)
        log.append(p)
        return y

    return log, run
