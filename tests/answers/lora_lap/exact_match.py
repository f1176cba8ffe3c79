"""Others' answers to exact_match."""

import functools

import numpy as np

from course.author.answers import right, wrong


@right("comprehension")
def _(said, right):
    return sum(s.strip() == r.strip() for s, r in zip(said, right)) / len(right)


@right("numpy mean, an np.float64")
def _(said, right):
    return np.mean(np.char.strip(np.array(said)) == np.char.strip(np.array(right)))


right("functools.partial")(
    functools.partial(
        lambda clean, said, right: (
            sum(clean(a) == clean(b) for a, b in zip(said, right)) / len(said)
        ),
        str.strip,
    )
)


@wrong("all whitespace collapsed", named="runs_of_space")
def _(said, right):
    return sum(a.split() == b.split() for a, b in zip(said, right)) / len(right)


@wrong("right one contained in what was said", named="contained_is_enough")
def _(said, right):
    return sum(b.strip() in a for a, b in zip(said, right)) / len(right)


@wrong("said.startswith", named="right_beginning")
def _(said, right):
    return sum(a.strip().startswith(b.strip()) for a, b in zip(said, right)) / len(right)


@wrong("count, not share", named="a_number_of_answers")
def _(said, right):
    return float(sum(a.strip() == b.strip() for a, b in zip(said, right)))


@wrong("lines, not answers", named="share_of_lines")
def _(said, right):
    pairs = [
        p for a, b in zip(said, right) for p in zip(a.strip().splitlines(), b.strip().splitlines())
    ]
    return sum(x == y for x, y in pairs) / len(pairs)


@wrong("percent", named="percent")
def _(said, right):
    return 100 * sum(a.strip() == b.strip() for a, b in zip(said, right)) / len(right)


@wrong("rstrip only", named="end_alone_stripped")
def _(said, right):
    return sum(a.rstrip() == b.rstrip() for a, b in zip(said, right)) / len(right)
