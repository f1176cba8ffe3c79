"""Others' answers to freeze_body."""

import mlx.nn as nn

from course.author.answers import right, wrong


@right("freeze then unfreeze head")
def _(model):
    model.freeze()
    model.head.unfreeze()
    return model


@right("chained; update_modules not needed")
def _(model: nn.Module) -> nn.Module:
    model.apply_to_modules(lambda path, m: m.freeze(recurse=False))
    model["head"].unfreeze()
    return model


@right("by name prefix over named_modules")
def _(model):
    for name, m in model.named_modules():
        if name == "head" or name.startswith("head."):
            m.unfreeze(recurse=False)
        else:
            m.freeze(recurse=False)
    return model


@wrong("freezes only body", named="body_by_name")
def _(model):
    model.body.freeze()
    return model


@wrong("does not undo a frozen head")
def _(model):
    for name, child in model.children().items():
        if name != "head" and isinstance(child, nn.Module):
            child.freeze()
    return model


@wrong("returns nothing", named="nothing_returned")
def _(model):
    model.freeze()
    model.head.unfreeze()
