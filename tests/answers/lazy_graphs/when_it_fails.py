"""Others' answers to when_it_fails."""

import mlx.core as mx

from course.author.answers import right, wrong


class _When:
    def __call__(self, build):
        y = self.attempt(build)
        if y is None:
            return "building"
        return "never" if self.attempt(lambda: mx.eval(y) or True) else "evaluating"

    @staticmethod
    def attempt(f):
        try:
            return f()
        except BaseException:
            return None


@right("stage variable")
def _(build):
    stage = "building"
    try:
        y = build()
        stage = "evaluating"
        y.tolist()
        stage = "never"
    except Exception:
        pass
    return stage


right("class")(_When())


@wrong("no eval")
def _(build):
    try:
        y = build()
    except Exception:
        return "building"
    try:
        y.shape
    except Exception:
        return "evaluating"
    return "never"


@wrong("nan counts")
def _(build):
    try:
        y = build()
    except Exception:
        return "building"
    try:
        if mx.isnan(y).any().item():
            return "evaluating"
    except Exception:
        return "evaluating"
    return "never"


@wrong("by the kind of exception", named="by_the_kind")
def _(build):
    try:
        mx.eval(build())
    except ValueError:
        return "building"
    except RuntimeError:
        return "evaluating"
    except Exception:
        return "building"
    return "never"


@wrong("None for never")
def _(build):
    try:
        y = build()
    except Exception:
        return "building"
    try:
        mx.eval(y)
    except Exception:
        return "evaluating"


@wrong("y.tolist() only inside the first try")
def _(build):
    try:
        build().tolist()
    except ValueError:
        return "building"
    except Exception:
        return "evaluating"
    return "never"
