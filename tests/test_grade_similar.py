"""Which submissions look alike."""

import re
import time

import pytest

from course.grading import record, similar


def test_likeness_is_of_what_they_wrote_themselves():
    def result(name, code):
        return record.Result(
            name, "", "ps1", "", marks=[record.Mark("scale", "wrong", 0, 1, code=code)]
        )

    own = "\n".join(f"    y{i} = mx.exp(x[{i}]) * {i} + mx.sum(x, axis={i % 3})" for i in range(12))
    one = f"def scale(x, factor):\n{own}\n    return y3"
    renamed = re.sub(r"\by(\d+)", r"z\1", re.sub(r"\bx\b", "values", one))
    other = "def scale(x, factor):\n" + "\n".join(
        f"    w = [{i}, {i * 7}, 'a{i}']" for i in range(40)
    )
    looks = {
        name: similar.ngrams(result(name, code))
        for name, code in {"a": one, "b": renamed + "  # mine", "c": other}.items()
    }
    assert [(a, b) for a, b, _ in similar.pairs(looks)] == [("a", "b")]
    assert similar.ngrams(result("a", one), [one]) == frozenset()


@pytest.mark.parametrize("code", ['"' + '\\\\"' * 10**6, "'\"" * 10**6, '"""' * 10**6, "#" * 10**6])
def test_no_text_keeps_the_comparison_busy(code):
    code = f"def scale(x, factor):\n    y = {code}"
    made = record.Result("a", "", "ps1", "", marks=[record.Mark("scale", "wrong", 0, 1, code=code)])
    start = time.process_time()
    similar.ngrams(made)
    assert time.process_time() - start < 20  # it took hours without bounds
