"""Others' answers to break_even."""

import math

import numpy as np

from course.author.answers import right, wrong


@right("closed form, then nudged by the definition")
def _(plain: float, first: float, steady: float):
    if first < plain:
        return 1
    gain = plain - steady
    if gain <= 0:
        return None
    n = max(1, int((first - steady) // gain) - 1)
    while not first + (n - 1) * steady < n * plain:
        n += 1
    return n


@right("doubling and bisection")
def _(plain, first, steady):
    pays = lambda n: first + (n - 1) * steady < n * plain
    if pays(1):
        return 1
    if not steady < plain:
        return None
    high = 1
    while not pays(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        mid = (low + high) // 2
        low, high = (low, mid) if pays(mid) else (mid, high)
    return high


@wrong("ceil: a tie pays", named="equal_is_enough_and_one_call")
def _(plain, first, steady):
    if steady >= plain:
        return None
    return max(1, math.ceil((first - steady) / (plain - steady)))


@wrong("no None: ZeroDivision / negative", named="gain_of_zero")
def _(plain, first, steady):
    return math.floor((first - steady) / (plain - steady)) + 1


@wrong("None only if slower, equal divides by 0", named="gain_of_zero")
def _(plain, first, steady):
    if steady > plain:
        return None
    return math.floor((first - steady) / (plain - steady)) + 1


@wrong(
    "None whenever steady >= plain, though the first call alone may pay",
    named="first_call_alone_may_pay",
)
def _(plain, first, steady):
    if steady >= plain:
        return None
    n = 1
    while first + (n - 1) * steady >= n * plain:
        n += 1
    return n


@wrong("first is on top of the work: first + n * steady", named="first_call_counted_twice")
def _(plain, first, steady):
    if steady >= plain:
        return None
    n = 1
    while first + n * steady >= n * plain:
        n += 1
    return n


@wrong("the example for everything")
def _(plain, first, steady):
    return 5


@right("NumPy int")
def _(plain, first, steady):
    if first < plain:
        return 1
    if steady >= plain:
        return None
    return np.int64(np.floor((first - steady) / (plain - steady))) + 1
