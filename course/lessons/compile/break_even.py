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
    steady, gain = int(rng.integers(1, 5)), int(rng.integers(2, 6))
    calls = int(rng.integers(3, 30))
    plain = steady + gain
    exact = steady + calls * gain  # after `calls` calls both have taken the same time

    def at(*times):
        number = answer(*map(float, times))
        return number if number is None else float(number)

    return {
        "gains": at(plain, exact - 1, steady),
        "equal": at(plain, exact, steady),
        "never": at(plain, exact, plain + 1),
        "same": at(plain, exact, plain),
        "at_once": at(plain, plain - 1, steady),
    }


break_even.says(
    passed="Now you can say it before you wait: measure three times, divide once.",
    gains="Where it pays after a while",
    equal="Where a number of calls takes the same time",
    never="Where it is slower for ever",
    same="Where it is as fast for ever",
    at_once="Where even the first call is faster",
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
    "For a function that gains in the end you gave {gains}, and it should be {gains:expected}. The "
    "first call was taken for all calls. It pays for tracing and for a compiler once; what matters "
    "for a loop is the second one.",
)
def _(plain, first, steady):
    return 1 if first < plain else None


@break_even.misconception(
    "first_call_counted_twice",
    "You gave {gains} instead of {gains:expected}. `first` holds a call's work too, so after it "
    "one call less is left to do at the steady price.",
)
def _(plain, first, steady):
    if first < plain:
        return 1
    if steady >= plain:
        return None
    return math.floor(first / (plain - steady)) + 1


@break_even.misconception(
    "equal_is_enough",
    "Where both take the same time you gave {equal}, and less time was asked for, which is "
    "{equal:expected}. Check your number by putting it in.",
)
def _(plain, first, steady):
    if first < plain:
        return 1
    if steady >= plain:
        return None
    return math.ceil((first - steady) / (plain - steady))


@break_even.misconception(
    "always_pays",
    "Where the compiled function is no faster you gave {never}. Compiling does not help "
    "everywhere: a single matrix product has nothing to be joined with. Then there is no number of "
    "calls.",
)
def _(plain, first, steady):
    if first < plain:
        return 1
    return math.floor((first - steady) / max(plain - steady, 1e-9)) + 1


break_even.hints(
    "How much is lost in the first call, and how much is gained in each one after it?",
    "After n calls: first + (n - 1) * steady against n * plain.",
    "n > (first - steady) / (plain - steady), and the smallest whole number above it. Before that, "
    "ask whether anything is gained at all.",
)
