"""Points: what the file says, what is a reading, and what partial credit is given for."""

import hostile
import mlx.core as mx
import pytest
from grading import grade

from course.checking import observe
from course.errors import UserError
from course.grading import marks, tasks


def points(text):
    return marks.read(text, "points.toml", set(hostile.ALL))


def test_points_of_a_toml():
    worth = points("points = 2\n[exercises]\nmm = 5\ntotal = {points = 4, observations = {y = 3}}")
    assert [worth.of(name) for name in ("scale", "mm", "total")] == [2, 5, 4]
    assert worth.exercises["total"].observations == {"y": 3}


NUMBER = "points are a number from 0 up."
KNOWN = "Known are: points, observations."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("points =", "points.toml is no TOML: Invalid value"),
        ("point = 1", "points.toml: point means nothing here. Known are: points, partial, exercis"),
        ("points = -1", f"points.toml: points is -1; {NUMBER}"),
        ("points = nan", f"points.toml: points is nan; {NUMBER}"),
        ("points = inf", f"points.toml: points is inf; {NUMBER}"),
        ("points = true", f"points.toml: points is True; {NUMBER}"),
        ("partial = 1", "points.toml: partial is 1; it is true or false."),
        ("exercises = 3", "points.toml: exercises is 3; it holds lines such as softmax_rows = 3."),
        ("[exercises]\nnothing = 1", "points.toml: no lesson here has an exercise nothing."),
        ("[exercises]\nmm = 'x'", f"points.toml, mm: points is 'x'; {NUMBER}"),
        ("[exercises]\nmm = {points = -2}", f"points.toml, mm: points is -2; {NUMBER}"),
        ("[exercises]\nmm = {point = 1}", f"points.toml, mm: point means nothing here. {KNOWN}"),
        (
            "[exercises]\nmm = {observations = 3}",
            "points.toml, mm: observations is 3; it looks like { y = 3, names = 1 }.",
        ),
        (
            "[exercises]\nmm = {observations = {y = -1}}",
            "points.toml, mm: observations is {'y': -1}; it looks like { y = 3, names = 1 }.",
        ),
    ],
)
def test_points_that_say_nothing_are_refused(text, why):
    with pytest.raises(UserError) as error:
        points(text)
    assert str(error.value).startswith(why)


def test_what_is_the_same_on_every_seed_is_a_reading(toy):
    """One forged number would do for all inputs, whatever its type."""
    made = toy(
        lambda x: x,
        lambda answer, rng: {
            "y": answer(float(rng.normal())),
            "zero": answer(0.0),
            "row": answer(mx.zeros(3)),
            "word": "yes",
            "count": 3,
            "near": 1 + 1e-9 * float(rng.normal()),
        },
    )
    ours = [observe.run_ours(made, "solution", seed) for seed in (5, 6, 7)]
    assert marks.readings(made, ours) == ["zero", "row", "word", "count", "near"]


@pytest.mark.needs("sandbox")
def test_partial_credit_by_observations():
    last = hostile.but(
        total="def total(values):\n    y = sum(values[1:], values[0])\n    mx.eval(y)\n    return y"
    )
    plain = grade(last).marks[-1]
    assert (plain.status, plain.points) == ("wrong", 0)
    partial = grade(last, points="points = 2\npartial = true").marks[-1]
    assert (partial.points, partial.right) == (1, {"waiting": False, "y": True})
    weighed = (
        "points = 2\npartial = true\n[exercises]\ntotal = {observations = {y = 3, waiting = 1}}"
    )
    assert grade(last, points=weighed).marks[-1].points == 1.5
    none = grade(hostile.cells(hostile.NONE), points="points = 2\npartial = true")
    assert none.points == 0
    tasks.close()
