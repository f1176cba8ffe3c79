"""Others' answers to fit_messages."""

import functools

from course.author.answers import right, wrong


def _count(tokenizer, messages):
    return len(tokenizer.apply_chat_template(messages, add_generation_prompt=True))


def _fit(tokenizer, messages, context, max_tokens, **w):
    keep_system = "system" not in w
    i = int(messages[0]["role"] == "system" and keep_system)
    kept = messages if "mutate" in w else list(messages)
    room = context - (0 if "room" in w else max_tokens)
    measure = w.get("measure", _count)
    step = w.get("step", 2)
    compare = (lambda n: n >= room) if "strict" in w else (lambda n: n > room)
    while compare(measure(tokenizer, kept)):
        if len(kept) <= i + 1:
            if "give" in w:
                return kept
            raise w.get("error", ValueError)("too long")
        if "newest" in w:
            del kept[-3:-1]
        else:
            del kept[i : i + step]
    return kept


@right("drop pairs while too long")
def _(tokenizer, messages, context, max_tokens):
    system = [m for m in messages[:1] if m["role"] == "system"]
    rest = list(messages[len(system) :])
    while _count(tokenizer, system + rest) > context - max_tokens:
        if len(rest) <= 1:
            raise ValueError("too long")
        rest = rest[2:]
    return system + rest


@right("first start that fits")
def _(tokenizer, messages, context: int, max_tokens: int) -> list[dict]:
    head = 1 if messages[0]["role"] == "system" else 0
    starts = [i for i, m in enumerate(messages) if m["role"] == "user"]
    for start in starts:
        candidate = messages[:head] + messages[start:]
        ids = tokenizer.apply_chat_template(candidate, add_generation_prompt=True, tokenize=True)
        if len(ids) + max_tokens <= context:
            return candidate
    raise ValueError(f"the last message needs more than {context - max_tokens} tokens")


wrong("the system message goes first", named="system_left_out")(functools.partial(_fit, system=1))


wrong("one message at a time", named="answer_without_its_question")(functools.partial(_fit, step=1))


wrong("newest left out")(functools.partial(_fit, newest=1))


wrong("without the mark for an answer", named="no_mark_for_the_answer", never=("marks_forgotten",))(
    functools.partial(_fit, measure=lambda t, m: len(t.apply_chat_template(m)))
)


wrong("contents alone", named="marks_forgotten")(
    functools.partial(_fit, measure=lambda t, m: sum(len(t.encode(x["content"])) for x in m))
)


wrong("characters / 4", named="characters_by_four", never=("no_room_for_the_answer",))(
    functools.partial(_fit, measure=lambda t, m: sum(len(x["content"]) for x in m) // 4)
)


wrong("characters of the template's text", named="characters_counted")(
    functools.partial(
        _fit,
        measure=lambda t, m: len(
            t.apply_chat_template(m, add_generation_prompt=True, tokenize=False)
        ),
    )
)


@wrong("leaves gaps: any pair that does not fit is skipped", named="gap_in_the_middle")
def _(tokenizer, messages, context, max_tokens):
    i = int(messages[0]["role"] == "system")
    head, rest, last = messages[:i], messages[i:-1], messages[-1:]
    if _count(tokenizer, head + last) > context - max_tokens:
        raise ValueError
    kept = []
    for j in range(len(rest) - 2, -1, -2):
        if _count(tokenizer, head + rest[j : j + 2] + kept + last) <= context - max_tokens:
            kept = rest[j : j + 2] + kept
    return head + kept + last


@wrong("the last message cut")
def _(tokenizer, messages, context, max_tokens):
    try:
        return _fit(tokenizer, messages, context, max_tokens)
    except ValueError:
        return messages[-1:]
