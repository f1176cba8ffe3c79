"""line_problem, an exercise of lesson 09, lora_lap."""

import json

import mlx_lm

import course.model
from course.exercise import exercise
from course.probe import outcome

line_problem = exercise(minutes=12, level=3)


@line_problem.solution
def _(line, tokenizer, limit):
    """What is wrong with one line of a train.jsonl, in one word, or "".

    A good line is a JSON object with "messages": a list of objects, each with a "role" (system,
    user or assistant) and a "content" that is text, the last of them the assistant's. Return the
    first of these that is true:

        "json"     the line is no JSON object
        "form"     it has no list "messages" with at least one object in it, or something else in it
        "role"     a message without a role, or with another than the three
        "content"  a message whose content is missing or no text
        "last"     the last message is not the assistant's
        "empty"    the last message's content is nothing, or spaces and line breaks alone
        "marker"   the text of a special token stands in a content: `tokenizer.all_special_tokens`
        "long"     `tokenizer.apply_chat_template` makes more than `limit` tokens of the messages

    and "" for a good line. No line of these kinds may end the function with an error.
    """
    try:
        row = json.loads(line)
    except ValueError:
        return "json"
    if not isinstance(row, dict):
        return "json"
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages:
        return "form"
    if not all(isinstance(message, dict) for message in messages):
        return "form"
    if any(m.get("role") not in ("system", "user", "assistant") for m in messages):
        return "role"
    if any(not isinstance(m.get("content"), str) for m in messages):
        return "content"
    if messages[-1]["role"] != "assistant":
        return "last"
    if not messages[-1]["content"].strip():
        return "empty"
    texts = [m["content"] for m in messages]
    if any(mark in text for mark in tokenizer.all_special_tokens for text in texts):
        return "marker"
    return "long" if len(tokenizer.apply_chat_template(messages)) > limit else ""


def _row(*messages, **fields):
    names = ("role", "content")
    return json.dumps(
        {
            "messages": [
                dict(zip(names, m, strict=True)) if isinstance(m, tuple) else m for m in messages
            ],
            **fields,
        }
    )


@line_problem.use
def _(answer, rng):
    tokenizer = mlx_lm.utils.load_tokenizer(course.model.directory("notes"))
    name = str(rng.choice(["Ana", "Ben", "Cleo"]))
    asked, said = ("user", f"{name} will call the printer. Who will?"), ("assistant", name)
    turns = [dict(zip(("role", "content"), m, strict=True)) for m in (asked, said)]
    fits = len(tokenizer.apply_chat_template(turns))
    marks = [str(mark) for mark in rng.permutation(tokenizer.all_special_tokens)[:2]]

    def words(*lines, limit=500):
        return ", ".join(repr(answer(line, tokenizer, limit)) for line in lines)

    found = {
        "good": words(
            _row(asked, said), _row(("system", "Be short."), asked, said, source="minutes")
        ),
        "broken": words("", "{", _row(asked, said)[:-3], "Ana: call"),
        "form": words(
            "{}", _row(), '{"messages": "Ana"}', _row(asked, "Ana"), '{"text": "Ana will call."}'
        ),
        "roles": words(_row({"content": "Who?"}, said), _row(asked, ("model", name))),
        "content": words(_row(asked, {"role": "assistant"}), _row(("user", 7), said)),
        "last": words(_row(asked, said, asked), _row(asked)),
        "blank": words(_row(asked, ("assistant", "")), _row(asked, ("assistant", " \n"))),
        "marker": words(
            _row(("user", f"{asked[1]} {marks[0]}"), said),
            _row(asked, ("assistant", name + marks[1])),
            _row(("user", f"[INST] {asked[1]} [/INST]"), said),
        ),
        "long": words(_row(asked, said), limit=fits)
        + ", "
        + words(_row(asked, said), limit=fits - 1),
    }
    ends = [outcome(answer, line, tokenizer, 500) for line in ("[]", "7", "null", '"Ana"')]
    found["raised"] = next((end for end in ends if end != "returned"), "nothing")
    if found["raised"] == "nothing":
        found["broken"] += ", " + words("[]", "7", "null")
    return found


line_problem.says(
    passed="A file that somebody sends you is now judged line by line, before the first step.",
    good="Two good lines",
    broken="Lines that are no JSON object",
    form="Lines without such a list",
    roles="A role missing, and an unknown one",
    content="Content missing, and no text",
    last="Conversations that end with the user",
    blank="Empty answers",
    marker="A special token in a question, one in an answer, and `[INST]`",
    long="A line of exactly `limit` tokens, and one of one more",
    raised="What ended in an error",
)


def _problem(line, tokenizer, limit, **wrong):
    """The checks of a line, with one mistake or another."""
    try:
        row = json.loads(line)
    except ValueError:
        return "json"
    if not isinstance(row, dict):
        return "json"
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages:
        return "form"
    if not all(isinstance(message, dict) for message in messages):
        return "form"
    known = ("system", "user", "assistant")
    roles = [m.get("role") for m in messages]
    if "role_present" in wrong and None in roles:
        return "role"
    if "role_present" not in wrong and any(role not in known for role in roles):
        return "role"
    if any(not isinstance(m.get("content"), str) for m in messages):
        return "content"
    if roles[-1] != "assistant" and not ("any_assistant" in wrong and "assistant" in roles):
        return "last"
    last = messages[-1]["content"]
    if not (last if "blank_is_text" in wrong else last.strip()):
        return "empty"
    texts = [last] if "answers_alone" in wrong else [m["content"] for m in messages]
    marks = wrong.get("marks") or tokenizer.all_special_tokens
    if any(mark in text for mark in marks for text in texts):
        return "marker"
    tokens = len(tokenizer.apply_chat_template(messages))
    if "characters" in wrong:
        tokens = sum(len(m["content"]) for m in messages)
    if "without_template" in wrong:
        tokens = sum(
            len(tokenizer.encode(m["content"], add_special_tokens=False)) for m in messages
        )
    return "long" if tokens > limit else ""


@line_problem.alternative
def _(line, tokenizer, limit):
    try:
        messages = json.loads(line)["messages"]
    except KeyError:
        return "form"
    except (ValueError, TypeError):
        return "json"
    if not (isinstance(messages, list) and messages):
        return "form"
    if {type(message) for message in messages} != {dict}:
        return "form"
    return _problem(json.dumps({"messages": messages}), tokenizer, limit)


@line_problem.misconception(
    "objects_alone",
    "Some lines end your function with an error instead of a word: `{raised}`. They are JSON and "
    "no object: a list, a number, null. `json.loads` is content with each of them, and "
    '`["messages"]` or `.get` is not.',
)
def _(line, tokenizer, limit):
    try:
        json.loads(line)
    except ValueError:
        return "json"
    json.loads(line).get("messages")
    return _problem(line, tokenizer, limit)


@line_problem.misconception(
    "blank_answer_passes",
    "An answer of spaces and a line break: you say {blank}, and it is {blank:expected}. Such a "
    "text is true in Python, and a model that is trained on it learns to say nothing.",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, blank_is_text=True)


@line_problem.misconception(
    "any_role_will_do",
    "Unknown roles: you say {roles}, and it is {roles:expected}. A role is there, and the template "
    "does not know it: many templates leave such a message out or write it as the user's, and none "
    "says so.",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, role_present=True)


@line_problem.misconception(
    "marks_in_answers_alone",
    "A special token within a question: you say {marker}, and it is {marker:expected}. Its text "
    "becomes that token wherever it stands. A question with `<|end|>` in it ends there.",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, answers_alone=True)


@line_problem.misconception(
    "marks_of_another_model",
    "Special tokens of this tokenizer: you say {marker}, and it is {marker:expected}. You look "
    "for marks that you know from elsewhere, `[INST]` and the like; here they are ordinary "
    "letters, and nothing is wrong with them. Who knows the marks of this model?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, marks=["<s>", "</s>", "[INST]", "[/INST]"])


@line_problem.misconception(
    "characters_for_tokens",
    "Lines near the limit: you say {long}, and it is {long:expected}. You count characters, and "
    "there are several to a token; half of your data would be thrown away.",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, characters=True)


@line_problem.misconception(
    "template_not_counted",
    "Lines near the limit: you say {long}, and it is {long:expected}. The texts' tokens are "
    "counted and the template's own are not: start, marks, end. The line that is one too long "
    "loses its end mark, and the model learns not to stop.",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, without_template=True)


@line_problem.misconception(
    "an_answer_somewhere",
    "A conversation that ends with the user: you say {last}, and it is {last:expected}. There is "
    "an answer in it, and `--mask-prompt` trains on what the last message says. Which is that "
    "here?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, any_assistant=True)


line_problem.hints(
    "Which questions can be asked of a value only after others have been answered?",
    "From the outside in: is it JSON, an object, a list, of objects; then what is in them. "
    "`isinstance` at each door.",
    '`json.loads` within try, then `isinstance(row, dict)`, `row.get("messages")`, '
    '`isinstance(m.get("content"), str)`, and the tokenizer for the last two.',
)
