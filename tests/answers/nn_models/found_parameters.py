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


@wrong("tuple counted (PyTorch ModuleTuple habit)")
def _():
    return "ABCDF"


@wrong("only modules, array thought a buffer")
def _():
    return "ABD"


@wrong("PyTorch habit: plain list and dict not registered")
def _():
    return "AF"


@wrong("own object walked")
def _():
    return "ABDFG"


@wrong("underscore array counted")
def _():
    return "ABDEF"


@wrong("example from the statement")
def _():
    return "A"


@wrong("lists but dict not searched")
def _():
    return "ABF"
