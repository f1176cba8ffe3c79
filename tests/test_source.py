"""Stubs, answers and given definitions, cut from the text of an exercises.py."""

import textwrap
from pathlib import Path

import pytest

from course import catalog, source
from course.mistake import Mistake
from course.source import Source


def cut(text: str) -> Source:
    """A source with the exercise `ex` and whatever else a test writes."""
    head = "import mlx.core as mx\nfrom course.exercise import exercise\n\nex = exercise(1, 1)\n\n"
    return Source(Path("exercises.py"), head + textwrap.dedent(text).lstrip("\n"))


def lines(text: str) -> str:
    return textwrap.dedent(text).strip("\n")


def hole(count: int) -> str:
    said = f"{count} line is" if count == 1 else f"{count} lines are"
    return f'raise NotImplementedError("About {said} missing.")'


def test_a_functions_body_becomes_one_line_below_its_statement():
    source = cut('''
        @ex.solution
        def _(x, axis=-1):
            """Statement.

                x: (R, C)
            """
            y = x - x.max(axis)
            return mx.exp(y)
    ''')
    assert source.stub("ex") == lines(f'''
        def ex(x, axis=-1):
            """Statement.

                x: (R, C)
            """
            {hole(2)}
    ''')


def test_a_signature_over_several_lines_stays():
    source = cut('''
        @ex.solution
        def _(
            x: mx.array,
            *,
            steps: int = 3,
        ) -> mx.array:
            """Statement."""
            return x
    ''')
    assert source.stub("ex") == lines(f'''
        def ex(
            x: mx.array,
            *,
            steps: int = 3,
        ) -> mx.array:
            """Statement."""
            {hole(1)}
    ''')


def test_only_code_is_counted():
    source = cut('''
        @ex.solution
        def _(x):
            """Statement."""

            # How one would do it.
            y = x + 1

            # And then:
            return y  # this is code
    ''')
    assert source.stub("ex").endswith(f'"""Statement."""\n    {hole(2)}')


def test_a_comment_above_the_body_gives_nothing_away():
    source = cut('''
        @ex.solution
        def _(x):
            """Statement."""
            # Transpose first.
            return x.T
    ''')
    assert "Transpose" not in source.stub("ex")
    assert "Transpose" in source.solution("ex")


def test_a_decorated_first_statement_goes_with_the_body():
    source = cut('''
        @ex.solution
        def _(f):
            """Statement."""

            @mx.compile
            def step(x):
                return f(x)

            return step
    ''')
    assert source.stub("ex") == lines(f'''
        def ex(f):
            """Statement."""
            {hole(4)}
    ''')


def test_what_stands_outside_the_markers_stays():
    source = cut('''
        @ex.solution
        def _(x):
            """Statement."""
            total = 0  # ours
            # Each row, one after the other.
            for row in x:
                # -- yours
                # A comment of the answer.
                total += row.sum()
                # -- end
            # Nothing else.
            return total
    ''')
    assert source.stub("ex") == lines(f'''
        def ex(x):
            """Statement."""
            total = 0  # ours
            # Each row, one after the other.
            for row in x:
                {hole(1)}
            # Nothing else.
            return total
    ''')


def test_each_pair_of_markers_is_a_hole_of_its_own():
    source = cut('''
        @ex.solution
        class _:
            """Statement."""

            def __init__(self):
                self.a = 1
                # -- yours
                self.b = 2
                self.c = 3
                # -- end

            def read(self):
                return self.a

            def sum(self):
                if self.a:
                    # -- yours
                    return self.a + self.b
                    # -- end
                return 0
    ''')
    assert source.stub("ex") == lines(f'''
        class ex:
            """Statement."""

            def __init__(self):
                self.a = 1
                {hole(2)}

            def read(self):
                return self.a

            def sum(self):
                if self.a:
                    {hole(1)}
                return 0
    ''')
    assert "# --" not in source.solution("ex")
    assert "self.b = 2\n        self.c = 3\n\n    def read" in source.solution("ex")


def test_a_marker_may_close_the_last_method_or_the_whole_function():
    for kind, head in (("class", "class _:"), ("function", "def _(x):")):
        inside = "    def f(self, x):\n        " if kind == "class" else "    "
        indent = "        " if kind == "class" else "    "
        source = cut(
            f'@ex.solution\n{head}\n    """Statement."""\n\n{inside}'.rstrip(" ")
            + f"{indent}# -- yours\n{indent}return x\n{indent}# -- end\n\n\nY = 1\n"
        )
        assert source.stub("ex").endswith(f"\n{indent}{hole(1)}")
        assert "Y = 1" not in source.stub("ex")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("# -- yours\n    return x", "line 9: `# -- yours` has no `# -- end`"),
        ("y = x\n    # -- end\n    return y", "line 10: each `# -- yours` needs one"),
        ("# -- yours\n    # -- yours\n    y = x\n    # -- end\n    return y", "line 10: each"),
        ("# -- yours\n    # only words\n    # -- end\n    return x", "line 9: no line of code"),
        ("# nothing but words", "no line of code"),
    ],
)
def test_markers_that_leave_no_hole_are_named_with_their_line(body: str, fault: str):
    source = cut(f'@ex.solution\ndef _(x):\n    """Statement."""\n    {body}\n')
    with pytest.raises(Mistake, match=fault):
        source.stub("ex")


def test_a_solution_that_is_its_docstring_alone_has_no_blank():
    for text in (
        'def _(x):\n    """Statement."""\n',
        'class _:\n    """Statement."""\n    # -- yours\n    # -- end\n',
    ):
        with pytest.raises(Mistake, match="no line of code is left to the learner of ex"):
            cut(f"@ex.solution\n{text}").stub("ex")


def test_a_class_needs_markers():
    source = cut('@ex.solution\nclass _:\n    """Statement."""\n\n    x = 1\n')
    with pytest.raises(Mistake, match="line 7: a class needs `# -- yours` and `# -- end`"):
        source.stub("ex")


def test_decorators_below_the_exercises_own_belong_to_the_answer():
    source = cut('''
        @ex.solution
        # A rule of its own for the gradient.
        @mx.custom_function
        def _(x):
            """Statement."""
            return x


        @ex.alternative
        @mx.custom_function
        def _(x):
            return x + 0
    ''')
    head = "# A rule of its own for the gradient.\n@mx.custom_function\ndef ex(x):"
    assert source.stub("ex").startswith(head)
    assert source.solution("ex").startswith(head)
    assert source.alternatives("ex") == ["@mx.custom_function\ndef ex(x):\n    return x + 0"]


def test_a_solution_and_its_alternatives_stand_under_the_learners_name():
    source = cut('''
        @ex.solution
        def _(x):
            """Statement."""

            def _(y):
                return y

            return _(x)


        @ex.misconception("wrong", "Sentence.")
        def _(x):
            return 0


        @ex.alternative
        def _(x):
            return x


        @other.alternative
        def _(x):
            return 1


        @ex.alternative
        class _:
            pass
    ''')
    assert source.solution("ex") == lines('''
        def ex(x):
            """Statement."""

            def _(y):
                return y

            return _(x)
    ''')
    assert source.alternatives("ex") == ["def ex(x):\n    return x", "class ex:\n    pass"]


def test_a_value_becomes_an_assignment():
    source = cut('''
        @ex.solution
        def _():
            """Statement."""
            # Four numbers.
            rows = 4
            return (
                rows
                * 2
            )


        @ex.alternative
        def _():
            return 8
    ''')
    assert source.value("ex") == lines("""
        # Four numbers.
        rows = 4
        ex = (
            rows
            * 2
        )
    """)
    assert source.alternatives("ex", value=True) == ["ex = 8"]
    space = {}
    exec(source.value("ex"), space)
    assert space["ex"] == 8


@pytest.mark.parametrize(
    "body", ["\n    x = 3", "\n    return", "\n    if True:\n        return 3", "; return 3"]
)
def test_a_value_must_end_in_its_return(body: str):
    source = cut(f'@ex.solution\ndef _():\n    """Statement."""{body}\n')
    with pytest.raises(Mistake, match="line 7: a value's solution ends in a line `return value`"):
        source.value("ex")


def test_definitions_that_a_solution_uses_are_given_with_what_they_use():
    source = cut('''
        FLOOR: float = 1e-3
        ROWS, COLUMNS = 2, 3
        UNUSED = [FLOOR for FLOOR in range(3)]
        other = exercise(1, 1)


        @mx.compile
        def bounded(x):
            return mx.maximum(x, FLOOR)


        class Box:
            size = ROWS


        def unused():
            return COLUMNS


        @ex.solution
        def _(x, box=Box):
            """Statement."""
            return bounded(x)


        @ex.use
        def _(answer, rng):
            return {"y": unused()}
    ''')
    assert source.given("ex") == "\n\n\n".join(
        [
            "FLOOR: float = 1e-3",
            "ROWS, COLUMNS = 2, 3",
            "@mx.compile\ndef bounded(x):\n    return mx.maximum(x, FLOOR)",
            "class Box:\n    size = ROWS",
        ]
    )


def test_a_definition_is_given_with_what_is_put_into_it_later():
    source = cut("""
        STEP = 2
        TABLE = {"step": STEP}
        TABLE["name"] = "sgd"


        @ex.solution
        def _(x):
            "Statement."
            return TABLE[x]
    """)
    given = ["STEP = 2", 'TABLE = {"step": STEP}', 'TABLE["name"] = "sgd"']
    assert source.given("ex") == "\n\n\n".join(given)


def test_answers_are_never_given():
    source = cut("""
        @ex.solution
        def _(x):
            "Statement."
            return [x for _ in range(3)]


        @ex.misconception("wrong", "Sentence.")
        def _(x):
            return ex
    """)
    assert source.given("ex") == ""


def test_nothing_is_given_where_nothing_is_used():
    source = cut("""
        i = 3


        @ex.solution
        def _(x):
            "Statement."
            return x
    """)
    assert source.given("ex") == ""


def test_authoring_tools_are_no_imports_of_the_learners():
    source = Source(
        Path("exercises.py"),
        "from __future__ import annotations\nimport mlx.core as mx\n"
        "from course import measure\nfrom course.exercise import exercise\n"
        "from course.probe import (\n    Recorder,\n    outcome,\n)\nimport course.probe\n"
        "from mlx.utils import (\n    tree_map,\n)\n",
    )
    assert source.imports() == (
        "import mlx.core as mx\nfrom course import measure\n"
        "from mlx.utils import (\n    tree_map,\n)"
    )


def test_one_solution_with_a_statement():
    one = '@ex.solution\ndef _(x):\n    """Statement."""\n    return x\n\n\n'
    with pytest.raises(Mistake, match="ex has 2 solutions"):
        cut(one + one).stub("ex")
    with pytest.raises(Mistake, match="ex has 0 solutions"):
        cut("").solution("ex")
    with pytest.raises(Mistake, match="line 7: the solution has no docstring"):
        cut("@ex.solution\ndef _(x):\n    return x\n").stub("ex")


def test_a_syntax_error_names_file_and_line():
    with pytest.raises(Mistake, match=r"exercises\.py, line 6: "):
        cut("def _(x:\n").stub("ex")


@pytest.mark.parametrize("lesson", catalog.lessons(), ids=lambda lesson: lesson.slug)
def test_a_harness_has_each_use_on_its_line_and_no_answer(lesson):
    text = source.read(lesson.source)
    harness = text.harness()
    lines = harness.splitlines()
    assert len(lines) == len(text.lines)
    space = {"__name__": "harness"}
    exec(compile(harness, "harness", "exec"), space)
    for exercise in catalog.exercises(lesson):
        made = space[exercise.name]
        assert not made.misconceptions
        assert not made.alternatives
        assert not made.steps
        assert made.wants == exercise.wants
        assert made.kinds == exercise.kinds
        line = exercise.observe.__code__.co_firstlineno
        assert made.observe.__code__.co_firstlineno == line
        node = text.answers(exercise.name, "solution")[0]
        kept = [x for x in lines[text._start(node) : text._end(node)] if x.strip()]
        assert kept == [x for x in text._cut(exercise.name) if x.strip()]
        for role in ("alternative", "misconception"):
            for node in text.answers(exercise.name, role):
                assert not any(lines[node.lineno - 1 : node.end_lineno])
