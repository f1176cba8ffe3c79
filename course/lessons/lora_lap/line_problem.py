"""line_problem, an exercise of lesson 09, lora_lap."""

import json
from functools import cache

import mlx_lm
import tokenizers
import transformers
from mlx_lm.tokenizer_utils import TokenizerWrapper

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


@cache
def _tokenizer(own):
    """The built-in model's tokenizer, or one of whole words with marks of its own."""
    if not own:
        return mlx_lm.utils.load_tokenizer(course.model.directory("notes"))
    words = [
        "[?]",
        "<s>",
        "</s>",
        "<turn>",
        "<sep>",
        "Ana",
        "Ben",
        "Cleo",
        "will",
        "call",
        "the",
        "printer",
        ".",
        "Who",
        "?",
    ]
    inside = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: i for i, word in enumerate(words)}, "[?]")
    )
    inside.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_object=inside,
        unk_token="[?]",
        bos_token="<s>",
        eos_token="</s>",
        additional_special_tokens=["<turn>", "<sep>"],
        chat_template="<s>{% for m in messages %}<turn>{{ m['content'] }}</s>{% endfor %}",
    )
    return TokenizerWrapper(made)


@line_problem.use
def _(answer, rng):
    tokenizer = _tokenizer(bool(rng.integers(2)))
    name = str(rng.choice(["Ana", "Ben", "Cleo"]))
    asked, said = ("user", f"{name} will call the printer. Who will?"), ("assistant", name)
    turns = [dict(zip(("role", "content"), m, strict=True)) for m in (asked, said)]
    fits = len(tokenizer.apply_chat_template(turns))
    bare = sum(len(tokenizer.encode(t["content"], add_special_tokens=False)) for t in turns)
    letters = sum(len(t["content"]) for t in turns)
    marks = [str(mark) for mark in rng.permutation(tokenizer.all_special_tokens)[:2]]
    tool = {"role": "tool", "content": "3 May"}

    def words(*lines, limit=500):
        return ", ".join(repr(answer(line, tokenizer, limit)) for line in lines)

    found = {
        "good": words(
            _row(asked, said), _row(("system", "Be short."), asked, said, source="minutes")
        ),
        "broken": words("", "{", _row(asked, said)[:-3], "Ana: call"),
        "form": words(
            *("{}", _row(), _row(asked, "Ana"), '{"text": "Ana will call."}'),
            *('{"messages": "Ana"}', '{"messages": 7}', '{"messages": {"role": "user"}}'),
        ),
        "roles": words(
            _row({"content": "Who?"}, said),
            _row(("model", name), said),
            _row(asked, tool, said),
            _row(("user", asked[1]), (None, name), said),
        ),
        "content": words(
            _row(asked, {"role": "assistant"}), _row(("user", 7), said), _row(("user", None), said)
        ),
        "last": words(_row(asked, said, asked), _row(asked)),
        "blank": words(_row(asked, ("assistant", "")), _row(asked, ("assistant", " \n"))),
        "asked": words(_row(("user", ""), said), _row(("system", " "), asked, said)),
        "marker": words(
            _row(("user", f"{asked[1]} {marks[0]}"), said),
            _row(asked, ("assistant", name + marks[1])),
            _row(("user", f"[INST] {asked[1]} [/INST]"), said),
        ),
        "long": ", ".join(
            words(_row(asked, said), limit=n) for n in (fits, fits - 1, bare - 1, letters - 1, 1)
        ),
        # Two problems in each line: the first of the list counts.
        "two": words(
            _row({"role": "model", "content": 1}, "Ana"),
            _row(("user", 7), ("model", name)),
            _row(("user", 7), ("user", "")),
            _row(asked, ("user", " ")),
            _row(("user", marks[0]), ("assistant", " ")),
            _row(asked, ("assistant", marks[0])),
            _row(asked, ("user", marks[1])),
            limit=1,
        ),
    }
    ends = [outcome(answer, line, tokenizer, 500) for line in ("[]", "7", "null", "true", '"Ana"')]
    found["raised"] = next((end for end in ends if end != "returned"), "nothing")
    if found["raised"] == "nothing":
        found["broken"] += ", " + words("[]", "7", "null", "true")
    return found


line_problem.says(
    passed="A file that somebody sends you is now judged line by line, before the first step.",
    good="Two good lines",
    broken="Lines that are no JSON object",
    form="Lines without such a list",
    roles="A role missing, two unknown ones, and one that is null",
    content="Content missing, a number, and null",
    last="Conversations that end with the user",
    blank="Empty answers",
    marker="A special token in a question, one in an answer, and `[INST]`",
    asked="Empty questions",
    long="A line of exactly `limit` tokens, of one more, of more, of fewer, and of far more",
    two="Lines with two problems each",
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
    known = wrong.get("known", ("system", "user", "assistant"))
    roles, contents = ([m.get(key) for m in messages] for key in ("role", "content"))
    if "last_first" in wrong and roles[-1] != "assistant":
        return "last"
    if any(role is None if "role_present" in wrong else role not in known for role in roles):
        return "role"
    if any(not isinstance(text, str) for text in contents):
        return "content"
    if "no_empty_text" in wrong and not all(contents):
        return "content"
    if roles[-1] != "assistant" and not ("any_assistant" in wrong and "assistant" in roles):
        return "last"
    last = contents[-1]
    if not (last if "blank_is_text" in wrong else last.strip()):
        return "empty"
    size = {
        "characters": lambda: sum(len(text) for text in contents),
        "words": lambda: sum(len(text.split()) for text in contents),
        "bare": lambda: sum(len(tokenizer.encode(t, add_special_tokens=False)) for t in contents),
        "tokens": lambda: len(tokenizer.apply_chat_template(messages)),
    }[wrong.get("counted", "tokens")]()
    long = size >= limit if "at_least" in wrong else size > limit
    texts = [last] if "answers_alone" in wrong else contents
    marks = wrong.get("marks") or tokenizer.all_special_tokens
    if any(mark in text for mark in marks for text in texts):
        return "long" if long and "long_first" in wrong else "marker"
    return "long" if long else ""


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
    "A line ends your function with an error instead of a word: `{raised}`. It is JSON and no "
    "object. `json.loads` is content with a list, a number, null. What may be asked of each of "
    "these?",
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
    "text is true in Python, and a model that is trained on it learns to say nothing. What is left "
    "of it without its spaces?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, blank_is_text=True)


@line_problem.misconception(
    "any_role_will_do",
    "Unknown roles: you say {roles}, and it is {roles:expected}. To yours any role will do that is "
    "there. Many templates leave such a message out or write it as the user's, and none says so. "
    "Which roles are known here?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, role_present=True)


@line_problem.misconception(
    "marks_in_answers_alone",
    "A special token within a question: you say {marker}, and it is {marker:expected}. A model "
    "writes answers alone, and reads all. Its mark becomes that token wherever it stands. In which "
    "texts may none be?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, answers_alone=True)


@line_problem.misconception(
    "marks_of_another_model",
    "Special tokens of this tokenizer: you say {marker}, and it is {marker:expected}. Your words "
    "are those of a list of marks from elsewhere, such as `[INST]`; here they are ordinary "
    "letters. Who knows the marks of this model?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, marks=["<s>", "</s>", "[INST]", "[/INST]"])


@line_problem.misconception(
    "characters_for_tokens",
    "Lines near the limit: you say {long}, and it is {long:expected}. Your words are those of "
    "counted characters. A token has several, so good data would be thrown away. Who can count "
    "tokens?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, counted="characters")


@line_problem.misconception(
    "template_not_counted",
    "Lines near the limit: you say {long}, and it is {long:expected}. Your words are those of the "
    "texts' tokens alone, without the template's own: start, marks, end. A line that is one too "
    "long loses its end mark, and the model learns not to stop. What does the model read?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, counted="bare")


@line_problem.misconception(
    "an_answer_somewhere",
    "A conversation that ends with the user: you say {last}, and it is {last:expected}. There is "
    "an answer in it, and `--mask-prompt` trains on what the last message says. Which is that "
    "here?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, any_assistant=True)


@line_problem.misconception(
    "limit_not_included",
    "A line of exactly `limit` tokens: you say {long}, and it is {long:expected}; the rest is "
    "right. Does such a line have more than `limit` tokens?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, at_least=True)


@line_problem.misconception(
    "words_for_tokens",
    "Lines near the limit: you say {long}, and it is {long:expected}. Your words are those of "
    "counted words. A word can be several tokens, and the template has tokens too. Who can count "
    "them?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, counted="words")


@line_problem.misconception(
    "system_unknown",
    "A good line with a system message: you say {good}, and it is {good:expected}. User and "
    "assistant are the two that speak. Which third role does the statement name?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, known=("user", "assistant"))


@line_problem.misconception(
    "tool_known",
    "Unknown roles: you say {roles}, and it is {roles:expected}. A message of a tool passes. Some "
    "templates know that role. Which three does the statement name?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, known=("system", "user", "assistant", "tool"))


@line_problem.misconception(
    "empty_question_refused",
    "Empty questions: you say {asked}, and it is {asked:expected}. An empty text is false in "
    "Python and still text. For which message does the statement ask for more?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, no_empty_text=True)


@line_problem.misconception(
    "last_before_role",
    "Lines with two problems: you say {two}, and it is {two:expected}. Whose message is the last "
    "is asked before the roles are known. What comes first in the list?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, last_first=True)


@line_problem.misconception(
    "long_before_marker",
    "Lines with two problems: you say {two}, and it is {two:expected}. Where a line has a special "
    "token and is too long, yours names its length. Which of the two comes first in the list?",
)
def _(line, tokenizer, limit):
    return _problem(line, tokenizer, limit, long_first=True)


@line_problem.misconception(
    "roles_not_looked_at",
    "Roles missing and unknown: you say {roles}, and it is {roles:expected}. No line of yours has "
    'the problem "role". The last message\'s is looked at for another reason. Which roles may the '
    "others have?",
)
def _(line, tokenizer, limit):
    found = _problem(line, tokenizer, limit)
    if found != "role":
        return found
    row = json.loads(line)
    for message in row["messages"][:-1]:
        message["role"] = "user"
    if row["messages"][-1].get("role") != "assistant":
        row["messages"][-1]["role"] = "user"
    return _problem(json.dumps(row), tokenizer, limit)


line_problem.hints(
    "Which questions can be asked of a value only after others have been answered?",
    "From the outside in: is it JSON, an object, a list, of objects; then what is in them. "
    "`isinstance` at each door.",
    '`json.loads` within try, then `isinstance(row, dict)`, `row.get("messages")`, '
    '`isinstance(m.get("content"), str)`, and the tokenizer for the last two.',
)
