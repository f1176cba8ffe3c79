"""Others' answers to found_parameters."""

from course.author.answers import right, wrong


@right("plain")
def _():
    return "ABDF"


@right("other order, spaces and commas")
def _():
    return "F, D, B, A"


@right("lower case")
def _():
    return "abdf"


@wrong("tuple counted (PyTorch ModuleTuple habit)", named="tuple_is_a_list")
def _():
    return "ABCDF"


@wrong("only modules, array thought a buffer", named="buffer_is_param")
def _():
    return "ABD"


@wrong("PyTorch habit: plain list and dict not registered", named="lists_hide")
def _():
    return "AF"


@wrong("own object walked", named="hidden_params_container")
def _():
    return "ABDFG"


@wrong("underscore array counted", named="underscore_param")
def _():
    return "ABDEF"


@wrong("example from the statement", named="pytorchs_rules")
def _():
    return "A"


@wrong("lists but dict not searched", named="dicts_hide")
def _():
    return "ABF"
