"""break_even, an exercise of lesson 04, compile."""

import math

from course.exercise import exercise

break_even = exercise(minutes=5, level=1)


@break_even.solution
def _(plain, first, steady):
    """From how many calls on does compiling pay?

    A call takes `plain` seconds uncompiled. Compiled, the first call takes `first` seconds, which
    includes the work itself, and each further call `steady` seconds. Return the smallest number of
    calls, an int, for which the compiled function takes less time in all; None if it never does.
    For plain 2, first 5 and steady 1 it is 5: nine seconds instead of ten.
    """
    if first < plain:
        return 1
    if steady >= plain:
        return None
    return math.floor((first - steady) / (plain - steady)) + 1


@break_even.use
def _(answer, rng):
    steady, gain = int(rng.integers(2, 6)), int(rng.integers(2, 6))
    calls = int(rng.integers(3, 30))
    plain = steady + gain
    exact = steady + calls * gain  # after `calls` calls both have taken the same time
    unit = 2.0 ** -int(rng.integers(7))  # seconds and parts of one; every sum of them is exact

    def at(*times):
        number = answer(*(unit * time for time in times))
        return number if number is None else float(number)

    return {
        "gains": at(plain, exact - 1, steady),
        "gains_soon": at(plain, exact - gain + 1, steady),
        "equal": at(plain, exact, steady),
        "never": at(plain, exact, plain + 1),
        "first_as_plain": at(plain, plain, steady),
        "at_once": at(plain, plain - 1, steady),
        "only_at_once": at(plain, plain - 1, plain + gain),
        "same": at(plain, exact, plain),
    }


break_even.says(
    passed="Now you can say it before you wait: measure three times, divide once.",
    gains="Where it pays after a while",
    gains_soon="Where it pays soon after a number of calls that is not enough",
    equal="Where a number of calls takes the same time",
    never="Where it is slower for ever",
    same="Where it is as fast for ever",
    first_as_plain="Where the first call takes as long as a plain one",
    at_once="Where even the first call is faster",
    only_at_once="Where the first call is faster, and all others are slower",
)


@break_even.alternative
def _(plain, first, steady):
    if min(first, steady) >= plain:
        return None
    calls = 1
    while first + (calls - 1) * steady >= calls * plain:
        calls += 1
    return calls


@break_even.misconception(
    "times_the_first_call",
    "For a function that gains in the end you gave {gains}, and it should be {gains:expected}: as "
    "if every call took as long as the first. That one pays for tracing and for a compiler. What "
    "does the second one pay for?",
)
def _(plain, first, steady):
    return 1 if first < plain else None


@break_even.misconception(
    "first_call_counted_twice",
    "You gave {gains} instead of {gains:expected}: the number for `first` seconds on top of all "
    "the steady calls. `first` holds the work of a call too. How many calls are left after it?",
)
def _(plain, first, steady):
    if steady >= plain:
        return None
    return math.floor(first / (plain - steady)) + 1


@break_even.misconception(
    "equal_is_enough",
    "Where both take the same time after {equal} calls you gave that number, and less time was "
    "asked for. What comes out if you put your number in, on both sides?",
)
def _(plain, first, steady):
    if first < plain:
        return 1
    if steady >= plain:
        return None
    return math.ceil((first - steady) / (plain - steady))


@break_even.misconception(
    "always_pays",
    "Where the compiled function is slower for ever you gave {never}. Compiling does not help "
    "everywhere: a single matrix product has nothing to be joined with. Which number of calls "
    "would make up for it then?",
)
def _(plain, first, steady):
    if first < plain:
        return 1
    return math.floor((first - steady) / max(plain - steady, 1e-9)) + 1


@break_even.misconception(
    "gain_of_zero",
    "Where a steady call takes as long as a plain one your function ends with a division by zero: "
    "the gain of each call is 0, and a formula does not ask. What should come out where nothing is "
    "ever gained?",
)
def _(plain, first, steady):
    if first < plain:
        return 1
    if steady > plain:
        return None
    return math.floor((first - steady) / (plain - steady)) + 1


@break_even.misconception(
    "no_case_for_never",
    "Where the compiled function is slower for ever you gave {never}, no number of calls that "
    "anybody could make. A formula that is right where something is gained goes on where nothing "
    "is. Which cases have to be asked about first?",
)
def _(plain, first, steady):
    if first < plain:
        return 1
    if steady == plain:
        return None
    return math.floor((first - steady) / (plain - steady)) + 1


@break_even.misconception(
    "first_call_alone_may_pay",
    "Where only the first call is faster you gave {only_at_once}; after one call the compiled "
    "function has taken less time in all. A steady call that is slower looks like the end of it. "
    "What if there is one call only?",
)
def _(plain, first, steady):
    if steady >= plain:
        return None
    return math.floor((first - steady) / (plain - steady)) + 1


@break_even.misconception(
    "equal_is_enough_and_one_call",
    "Two things. Where both take the same time after {equal} calls you gave that number, and less "
    "time was asked for. And where only the first call is faster you gave {only_at_once}, though "
    "one call is then enough. What comes out if you put your numbers in?",
)
def _(plain, first, steady):
    if steady >= plain:
        return None
    return max(1, math.ceil((first - steady) / (plain - steady)))


@break_even.misconception(
    "one_call_short",
    "You gave {gains} instead of {gains:expected}: the last number of calls for which compiling "
    "has not paid yet. Rounding down finds the calls that are not enough. Which number comes "
    "after it?",
)
def _(plain, first, steady):
    if first < plain:
        return 1
    if steady >= plain:
        return None
    return math.floor((first - steady) / (plain - steady))


break_even.hints(
    "How much is lost in the first call, and how much is gained in each one after it?",
    "After n calls: first + (n - 1) * steady against n * plain.",
    "n > (first - steady) / (plain - steady), and the smallest whole number above it. Before that, "
    "ask whether anything is gained at all.",
)
