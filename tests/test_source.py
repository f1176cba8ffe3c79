"""Stubs, answers and given definitions, cut from the text of an exercise."""

import textwrap
from pathlib import Path

import pytest

from course.content import assemble, catalog, source
from course.content.source import Source
from course.errors import UserError
from course.grading import worker


def cut(text: str) -> Source:
    """A source with the exercise `ex` and whatever else a test writes."""
    head = "import mlx.core as mx\nfrom course.exercise import exercise\n\nex = exercise(1, 1)\n\n"
    return Source(Path("ex.py"), head + textwrap.dedent(text).lstrip("\n"))


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
    assert source.stub() == lines(f'''
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
    assert source.stub() == lines(f'''
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
    assert source.stub().endswith(f'"""Statement."""\n    {hole(2)}')


def test_a_comment_above_the_body_gives_nothing_away():
    source = cut('''
        @ex.solution
        def _(x):
            """Statement."""
            # Transpose first.
            return x.T
    ''')
    assert "Transpose" not in source.stub()
    assert "Transpose" in source.solution()


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
    assert source.stub() == lines(f'''
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
    assert source.stub() == lines(f'''
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
    assert source.stub() == lines(f'''
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
    assert "# --" not in source.solution()
    assert "self.b = 2\n        self.c = 3\n\n    def read" in source.solution()


def test_a_marker_may_close_the_last_method_or_the_whole_function():
    for kind, head in (("class", "class _:"), ("function", "def _(x):")):
        inside = "    def f(self, x):\n        " if kind == "class" else "    "
        indent = "        " if kind == "class" else "    "
        source = cut(
            f'@ex.solution\n{head}\n    """Statement."""\n\n{inside}'.rstrip(" ")
            + f"{indent}# -- yours\n{indent}return x\n{indent}# -- end\n\n\nY = 1\n"
        )
        assert source.stub().endswith(f"\n{indent}{hole(1)}")
        assert "Y = 1" not in source.stub()


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
    with pytest.raises(UserError, match=fault):
        source.stub()


def test_a_solution_that_is_its_docstring_alone_has_no_blank():
    for text in (
        'def _(x):\n    """Statement."""\n',
        'class _:\n    """Statement."""\n    # -- yours\n    # -- end\n',
    ):
        with pytest.raises(UserError, match="no line of code is left to the learner of ex"):
            cut(f"@ex.solution\n{text}").stub()


def test_a_class_needs_markers():
    source = cut('@ex.solution\nclass _:\n    """Statement."""\n\n    x = 1\n')
    with pytest.raises(UserError, match="line 7: a class needs `# -- yours` and `# -- end`"):
        source.stub()


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
    assert source.stub().startswith(head)
    assert source.solution().startswith(head)
    assert source.alternatives() == ["@mx.custom_function\ndef ex(x):\n    return x + 0"]


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
    assert source.solution() == lines('''
        def ex(x):
            """Statement."""

            def _(y):
                return y

            return _(x)
    ''')
    assert source.alternatives() == ["def ex(x):\n    return x", "class ex:\n    pass"]


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
    assert source.value() == lines("""
        # Four numbers.
        rows = 4
        ex = (
            rows
            * 2
        )
    """)
    assert source.alternatives(value=True) == ["ex = 8"]
    space = {}
    exec(source.value(), space)
    assert space["ex"] == 8


@pytest.mark.parametrize(
    "body", ["\n    x = 3", "\n    return", "\n    if True:\n        return 3", "; return 3"]
)
def test_a_value_must_end_in_its_return(body: str):
    source = cut(f'@ex.solution\ndef _():\n    """Statement."""{body}\n')
    with pytest.raises(UserError, match="line 7: a value's solution ends in `return value`"):
        source.value()


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
    assert [text for _, text in source.given()] == (
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
    assert [text for _, text in source.given()] == (given)


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
    assert source.given() == []


def test_nothing_is_given_where_nothing_is_used():
    source = cut("""
        i = 3


        @ex.solution
        def _(x):
            "Statement."
            return x
    """)
    assert source.given() == []


def test_authoring_tools_are_no_imports_of_the_learners():
    source = Source(
        Path("ex.py"),
        "from __future__ import annotations\nimport mlx.core as mx\n"
        "from course import measure\nfrom course.exercise import exercise\n"
        "from course.probe import (\n    Recorder,\n    outcome,\n)\nimport course.probe\n"
        "from mlx.utils import (\n    tree_map,\n)\n",
    )
    assert assemble.imports([source]) == (
        "import mlx.core as mx\nfrom mlx.utils import tree_map\nfrom course import measure"
    )


def test_one_solution_with_a_statement():
    one = '@ex.solution\ndef _(x):\n    """Statement."""\n    return x\n\n\n'
    with pytest.raises(UserError, match="it has 2 solutions of ex"):
        cut(one + one).stub()
    with pytest.raises(UserError, match="it has 0 solutions of ex"):
        cut("").solution()
    with pytest.raises(UserError, match="line 7: the solution has no docstring"):
        cut("@ex.solution\ndef _(x):\n    return x\n").stub()


def test_a_syntax_error_names_file_and_line():
    with pytest.raises(UserError, match=r"ex\.py, line 6: "):
        cut("def _(x:\n").stub()


@pytest.mark.parametrize("lesson", catalog.lessons(), ids=lambda lesson: lesson.slug)
def test_a_harness_has_each_use_on_its_line_and_no_answer(lesson):
    harness = worker.exercises(worker.compiled(assemble.harness(lesson)))
    assert list(harness) == list(lesson.names)
    for exercise in catalog.exercises(lesson):
        text, made = source.read(lesson, exercise.name), harness[exercise.name]
        lines = text.harness().splitlines()
        assert len(lines) == len(text.lines)
        assert not made.misconceptions
        assert not made.alternatives
        assert not made.steps
        assert made.wants == exercise.wants
        assert made.kinds == exercise.kinds
        line = exercise.observe.__code__.co_firstlineno
        assert made.observe.__code__.co_firstlineno == line
        node = text.answers("solution")[0]
        kept = [x for x in lines[text._start(node) : text._end(node)] if x.strip()]
        assert kept == [x for x in text._cut() if x.strip()]
        for role in ("alternative", "misconception"):
            for node in text.answers(role):
                assert not any(lines[node.lineno - 1 : node.end_lineno])


COMMON = """import math
import json

TABLE = {"half": 0.5}


def half(x):
    return TABLE["half"] * x


def answer_of_another(x):
    return json.dumps(x)
"""


def shared(text: str) -> Source:
    """A source whose lesson has a common.py."""
    own = cut("from .common import answer_of_another, half\n\n" + textwrap.dedent(text))
    return Source(own.path, own.text, Source(Path("common.py"), COMMON))


def test_what_a_solution_uses_of_common_is_given_first():
    source = shared('''
        def twice(x):
            return 2 * half(x)


        @ex.solution
        def _(x):
            """Statement."""
            return twice(x)
    ''')
    assert [name for name, _ in source.given()] == ["TABLE", "half", "twice"]


def test_the_harness_has_of_common_what_use_reaches_and_no_more():
    source = shared('''
        @ex.solution
        def _(x):
            """Statement."""
            return x / 2


        @ex.use
        def _(answer, rng):
            return {"y": answer(half(3))}


        @ex.misconception("as_text", "Sentence.")
        def _(x):
            return answer_of_another(x)
    ''')
    assert source.kept_of_common() == {"half"}
    assert "answer_of_another" not in source.harness()
    common = source.common.only(source.kept_of_common())
    assert "def half" in common and "TABLE" in common and "answer_of_another" not in common
    assert common.splitlines().index("def half(x):") == COMMON.splitlines().index("def half(x):")


def test_imports_of_several_files_are_one_sorted_list():
    one = Source(
        Path("one.py"), "import numpy as np\nfrom mlx.utils import tree_map\nimport json\n"
    )
    other = Source(
        Path("other.py"),
        "from mlx.utils import tree_flatten\nfrom pathlib import Path\nimport mlx.core as mx\n"
        "from .common import half\nfrom concurrent.futures import as_completed, Executor\n",
        Source(Path("common.py"), COMMON),
    )
    assert assemble.imports([one, other]).splitlines() == [
        "import json",
        "import math",
        "from concurrent.futures import Executor, as_completed",
        "from pathlib import Path",
        "import mlx.core as mx",
        "import numpy as np",
        "from mlx.utils import tree_flatten, tree_map",
    ]
