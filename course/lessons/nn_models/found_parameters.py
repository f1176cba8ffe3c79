"""found_parameters, an exercise of lesson 05, nn_models."""

from course.exercise import exercise

found_parameters = exercise(minutes=3, level=1, value=True)


@found_parameters.solution
def _():
    """Which of these lines put something into `Net().parameters()`, where an optimizer finds it?
    Write the letters in one string, in any order.

        class Bank:
            def __init__(self):
                self.layer = nn.Linear(2, 2)

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.stem = nn.Linear(4, 8)                            # A
                self.blocks = [nn.Linear(8, 8), nn.Linear(8, 8)]       # B
                self.heads = (nn.Linear(8, 2), nn.Linear(8, 3))        # C
                self.tables = {"one": [nn.Linear(2, 2)]}               # D
                self._scale = mx.ones(8)                               # E
                self.positions = mx.linspace(0, 1, 8)                  # F
                self.bank = Bank()                                     # G
                self.rate = 0.1                                        # H

    For a `Net` with the lines A and H alone the answer would be "A".
    """
    return "ABDF"


@found_parameters.use
def _(answer, rng):
    if isinstance(answer, (list, tuple, set)):
        answer = "".join(str(letter) for letter in answer)
    if not isinstance(answer, str):
        return {"letters": type(answer).__name__}
    return {"letters": "".join(sorted({letter for letter in answer.upper() if letter.isalpha()}))}


found_parameters.says(
    passed="Two of them would have cost somebody a day: the tuple, and the table that is trained.",
    letters="The lines you named",
)


@found_parameters.alternative
def _():
    return ["a", "b", "d", "f"]


@found_parameters.misconception(
    "hidden_params_container",
    "You count `self.bank`. It holds a layer, and a person sees it at once; MLX looks for modules, "
    "arrays, lists and dicts, and `Bank` is none of these. Its layer would work and never learn. "
    "What would `Bank` have to be?",
)
def _():
    return "ABDFG"


@found_parameters.misconception(
    "tuple_is_a_list",
    "You count the tuple. In most of Python it is as good as a list; MLX walks through lists and "
    "dicts and stops at everything else. What does `parameters()` of a module with each of them "
    "say?",
)
def _():
    return "ABCDF"


@found_parameters.misconception(
    "underscore_param",
    "You count `self._scale`. It is an array like any other, and its name begins with an "
    "underscore. What does a module of MLX say by that?",
)
def _():
    return "ABDEF"


@found_parameters.misconception(
    "buffer_is_param",
    "You left out `self.positions`. In PyTorch a bare tensor is no parameter until it is wrapped "
    "in one; MLX has no such wrapper. What else could tell it that these numbers are a table and "
    "not weights?",
)
def _():
    return "ABD"


@found_parameters.misconception(
    "numbers_are_params",
    "You count `self.rate`, which is a Python number. It may be tuned by hand; a parameter is an "
    "array. What else must it have, so that an optimizer can change it?",
)
def _():
    return "ABDFH"


@found_parameters.misconception(
    "pytorchs_rules",
    "{letters} is what PyTorch's rules give: there a plain list or dict hides its layers, and a "
    "bare tensor is no parameter. MLX has no wrapper for either. Which attributes does it look "
    "into by itself?",
)
def _():
    return "A"


@found_parameters.misconception(
    "lists_hide",
    "{letters} leaves out the list and the dict. In PyTorch a plain list hides its layers, and "
    "`nn.ModuleList` is there for that; MLX has nothing of the kind. What does it do instead?",
)
def _():
    return "AF"


@found_parameters.misconception(
    "dicts_hide",
    "{letters} leaves out `self.tables`, and has the list. MLX looks into both, however deep. How "
    "deep is the layer in `self.tables`?",
)
def _():
    return "ABF"


@found_parameters.misconception(
    "layers_alone",
    "{letters} has one layer and its list and leaves out the dict and the bare array. What else "
    "than a layer can hold numbers that are trained?",
)
def _():
    return "AB"


found_parameters.hints(
    "How does a module find out what it owns?",
    "It looks at its attributes: modules, arrays, and lists and dicts of them, however deep.",
    "A name that begins with an underscore is skipped; a tuple, an object of another class and a "
    "Python number are not looked into; an array of your own is a parameter whatever you meant.",
)
