"""Small changes to our right answers, each of which its check must refuse.

Knows syntax trees: how one answer becomes many that are wrong in one place. A mutant is known by
the answer, the operator and the fragment of source that it changes. Does not know verdicts.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

_BINARY = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_BOUNDARY = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
_OPPOSITE = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_NAMES = {
    "max": "min",
    "maximum": "minimum",
    "argmax": "argmin",
    "mean": "sum",
    "any": "all",
    "ceil": "floor",
    "logical_and": "logical_or",
    "greater": "less",
    "greater_equal": "greater",
    "less_equal": "less",
}
_NAMES |= {other: name for name, other in _NAMES.items() if other not in _NAMES}
_DTYPES = {"float32": "float16", "float16": "float32", "bfloat16": "float32", "int32": "float32"}
_DROPPED_METHODS = ("sort", "reverse", "copy", "astype", "eval", "stop_gradient")
_ANY_ORDER = {"eval", "async_eval", "max", "min", "maximum", "minimum", "add", "multiply", "gcd"}
_DROPPED_CALLS = {"sorted": "list", "reversed": "list", "set": "list", "abs": "+", "copy": "+"}


@dataclass(frozen=True)
class Mutant:
    """One changed answer.

    Args:
        label: of the answer: "solution", "alternative 1".
        operator: the kind of change, such as "boundary".
        fragment: the source that is changed, at most 80 characters.
        change: what stands there instead.
        code: the answer with the change.
    """

    label: str
    operator: str
    fragment: str
    change: str
    code: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.label, self.operator, self.fragment

    def __str__(self) -> str:
        return f"{self.label}, {self.operator}: `{self.fragment}` -> `{self.change}`"


def mutants(label: str, code: str) -> Iterator[Mutant]:
    """Every mutant of an answer's source, each text once.

    Args:
        label: of the answer.
        code: its definition, under any name; the docstring is left alone.
    """
    tree = ast.parse(code)
    seen = {ast.unparse(tree)}
    text = _texts(tree)
    nodes = list(ast.walk(tree))
    parents = {id(part): node for node in nodes for part in ast.iter_child_nodes(node)}
    for index, node in enumerate(nodes):
        if id(node) in text:
            continue
        for operator, change in _changes(node, tree):
            new = copy.deepcopy(tree)
            twin = list(ast.walk(new))[index]
            made = change(twin)
            if made is None:
                continue
            ast.fix_missing_locations(new)
            changed = ast.unparse(new)
            if changed not in seen:
                seen.add(changed)
                around = parents.get(id(node), node) if isinstance(node, ast.Constant) else node
                where = around if isinstance(around, (ast.expr, ast.keyword)) else node
                gone = getattr(change, "statement", None)
                before = _short(ast.unparse(gone or where))
                yield Mutant(label, operator, before, _short(made), changed)


def memorised(label: str, code: str, values: dict[str, str]) -> Iterator[Mutant]:
    """An answer that takes one of its arguments for what it was on the first seed.

    Args:
        label: of the answer.
        code: a function's definition.
        values: argument -> the source of its value.
    """
    tree = ast.parse(code)
    function = tree.body[-1]
    if not isinstance(function, ast.FunctionDef):
        return
    for name in [arg.arg for arg in (*function.args.args, *function.args.kwonlyargs)]:
        if name in values:
            new = copy.deepcopy(tree)
            body = new.body[-1].body  # pyright: ignore[reportAttributeAccessIssue]
            line = ast.parse(f"{name} = {values[name]}")
            body.insert(1 if ast.get_docstring(function) else 0, line)
            yield Mutant(label, "argument memorised", name, values[name], ast.unparse(new))


def branches(code: str) -> tuple[str, list[str]]:
    """An answer whose conditions report how they came out, and the conditions.

    Every condition `c` of an if, a while, a conditional expression or a comprehension becomes
    ``__branch__(number, c)``.
    """
    tree = ast.parse(code)
    found: list[str] = []

    def report(test: ast.expr) -> ast.expr:
        found.append(_short(ast.unparse(test)))
        name, number = ast.Name("__branch__", ast.Load()), ast.Constant(len(found) - 1)
        return ast.Call(name, [number, test], [])

    for node in list(ast.walk(tree)):
        if isinstance(node, (ast.If, ast.While, ast.IfExp)) and not isinstance(
            node.test, ast.Constant
        ):
            node.test = report(node.test)
        elif isinstance(node, ast.comprehension):
            node.ifs = [report(test) for test in node.ifs]
    return ast.unparse(ast.fix_missing_locations(tree)), found


def _texts(tree: ast.AST) -> set[int]:
    """Ids of nodes that are words and no code: docstrings, and all that is inside of decorators."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found |= {id(part) for part in ast.walk(first)}
        if isinstance(node, (ast.Raise, ast.Assert)):  # a message's wording is nobody's business
            part = node.exc if isinstance(node, ast.Raise) else node.msg
            found |= {id(inner) for inner in ast.walk(part)} if part else set()
    return found


Change = Callable[..., str | None]


def _changes(node: ast.AST, tree: ast.AST) -> Iterator[tuple[str, Change]]:
    """(operator, what makes the change in a copy of the node and returns the new source)."""
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        yield "operator", lambda twin: _set(twin, "op", _BINARY[type(twin.op)]())
    if isinstance(node, ast.AugAssign) and type(node.op) in _BINARY:
        yield "operator", lambda twin: _set(twin, "op", _BINARY[type(twin.op)]())
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            if type(operator) in _BOUNDARY:
                yield "boundary", lambda twin, i=i: _compare(twin, i, _BOUNDARY)
            if type(operator) in _OPPOSITE:
                yield "comparison", lambda twin, i=i: _compare(twin, i, _OPPOSITE)
    if isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield "and/or", lambda twin: _set(twin, "op", other())
        for i in range(len(node.values)):
            yield "condition dropped", lambda twin, i=i: _without(twin, "values", i)
    if (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.USub)
        and not (
            isinstance(node.operand, ast.Constant)  # -1 and 1 are one axis of a matrix
        )
    ):
        yield "sign dropped", lambda twin: _set(twin, "op", ast.UAdd())
    if isinstance(node, ast.Constant):
        yield from _constants(node)
    if isinstance(node, (ast.If, ast.IfExp)):
        for value in (True, False):
            yield "branch", lambda twin, value=value: _set(twin, "test", ast.Constant(value))
    if isinstance(node, ast.comprehension):
        for i in range(len(node.ifs)):
            yield "condition dropped", lambda twin, i=i: _without(twin, "ifs", i)
    if isinstance(node, ast.Call):
        yield from _calls(node)
    if isinstance(node, ast.Attribute) and node.attr in _NAMES:
        yield "function", lambda twin: _set(twin, "attr", _NAMES[twin.attr])
    if isinstance(node, ast.Name) and node.id in ("max", "min", "any", "all"):
        yield "function", lambda twin: _set(twin, "id", _NAMES[twin.id])
    if isinstance(node, ast.Attribute) and node.attr in _DTYPES:
        yield "dtype", lambda twin: _set(twin, "attr", _DTYPES[twin.attr])
    if isinstance(node, ast.List) and len(node.elts) > 1:
        yield "entry dropped", lambda twin: _without(twin, "elts", len(twin.elts) - 1)
        yield (
            "entries swapped",
            lambda twin: _set(twin, "elts", twin.elts[1::-1] + twin.elts[2:]),
        )
    if isinstance(node, ast.Slice):
        for side in ("lower", "upper"):
            if getattr(node, side) is not None:
                yield "slice", lambda twin, side=side: _set(twin, side, None)
    for field in ("body", "orelse"):
        body = getattr(node, field, None)
        if isinstance(body, list):
            for i, statement in enumerate(body):
                if _can_go(statement, len(body)):
                    drop = partial(_drop, field=field, i=i)
                    drop.statement = statement  # pyright: ignore[reportAttributeAccessIssue]
                    yield "statement dropped", drop


def _constants(node: ast.Constant) -> Iterator[tuple[str, Change]]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", lambda twin: _set(twin, "value", not value)
    elif isinstance(value, int):
        for other in (value + 1, value - 1):
            yield "constant", lambda twin, other=other: _set(twin, "value", other)
    elif isinstance(value, float):
        yield "constant", lambda twin: _set(twin, "value", value * 1.5 + (value == 0))
    elif isinstance(value, str) and value:
        for other in (value[:-1], f"{value}x"):
            yield "text", lambda twin, other=other: _set(twin, "value", other)


def _calls(node: ast.Call) -> Iterator[tuple[str, Change]]:
    for i, keyword in enumerate(node.keywords):
        if keyword.arg:
            name = "axis dropped" if keyword.arg in ("axis", "axes") else "keyword dropped"
            yield name, lambda twin, i=i: _without(twin, "keywords", i)
    function = node.func
    if isinstance(function, ast.Name) and function.id in _DROPPED_CALLS and node.args:
        yield f"{function.id} dropped", lambda twin: _argument_alone(twin)
    if isinstance(function, ast.Attribute) and function.attr in _DROPPED_METHODS:
        yield f"{function.attr} dropped", lambda twin: _object_alone(twin)
    called = getattr(function, "attr", getattr(function, "id", ""))
    if called in _ANY_ORDER:
        return
    if len(node.args) == 2 and ast.dump(node.args[0]) != ast.dump(node.args[1]):
        yield "arguments swapped", lambda twin: _set(twin, "args", twin.args[::-1])


def _set(twin: ast.AST, field: str, value: object) -> str:
    setattr(twin, field, value)
    return _source(twin)


def _compare(twin: ast.Compare, i: int, table: dict) -> str:
    twin.ops[i] = table[type(twin.ops[i])]()
    return _source(twin)


def _without(twin: ast.AST, field: str, i: int) -> str | None:
    getattr(twin, field).pop(i)
    if isinstance(twin, ast.BoolOp) and len(twin.values) == 1:
        twin.values *= 2  # `a and a` is a
    return _source(twin)


def _argument_alone(twin: ast.Call) -> str:
    """`sorted(x)` as `list(x)`: of a value in the order in which it came."""
    name = _DROPPED_CALLS[twin.func.id]  # pyright: ignore[reportAttributeAccessIssue]
    if name == "list":
        twin.func = ast.Name("list", ast.Load())
        twin.keywords = []
    else:
        twin.func = ast.Lambda(_arguments("x"), ast.Name("x", ast.Load()))
    return _source(twin)


def _object_alone(twin: ast.Call) -> str:
    """`x.copy()` as `x`, `mx.eval(x)` as `x`: what the call was made on, or of."""
    owner = twin.func.value  # pyright: ignore[reportAttributeAccessIssue]
    module = isinstance(owner, ast.Name) and owner.id in ("mx", "np", "copy")
    if module and not twin.args:
        return _source(twin)
    kept = twin.args[0] if module else owner
    twin.func = ast.Lambda(_arguments("x"), ast.Name("x", ast.Load()))
    twin.args, twin.keywords = [kept], []
    return _source(twin)


def _arguments(name: str) -> ast.arguments:
    return ast.arguments([], [ast.arg(name)], None, [], [], None, [])


def _can_go(statement: ast.stmt, among: int) -> bool:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return False
    simple = (ast.Expr, ast.Assign, ast.AugAssign, ast.Raise, ast.Assert, ast.Continue, ast.Break)
    return isinstance(statement, simple) or (isinstance(statement, ast.If) and among > 1)


def _drop(twin: ast.AST, field: str, i: int) -> str:
    getattr(twin, field)[i] = ast.Pass()
    return "pass"


def _source(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(node))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 80 else text[:79] + "…"
