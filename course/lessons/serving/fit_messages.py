"""fit_messages, an exercise of lesson 10, serving."""

import mlx_lm

import course.model
from course.exercise import exercise
from course.probe import outcome

fit_messages = exercise(minutes=8, level=2)


@fit_messages.solution
def _(tokenizer, messages, context, max_tokens):
    """A conversation, shortened until it and the answer fit into a model's context.

    `messages` is a list of dicts with "role" and "content": perhaps one of "system" first, then
    "user" and "assistant" in turns, "user" last. Return a list of the same dicts whose tokens, as
    `tokenizer.apply_chat_template` makes them with the mark for an answer
    (`add_generation_prompt=True`), are at most `context` less `max_tokens`, the room for the
    answer. Leave out as few as possible, the oldest first, but never the system message; a question
    goes together with its answer, so that the first that is left is a user's. If the last
    message alone, with the system message, is too long, raise a ValueError.
    """
    start = 1 if messages[0]["role"] == "system" else 0
    system, rest = messages[:start], messages[start:]
    while rest:
        tokens = tokenizer.apply_chat_template(system + rest, add_generation_prompt=True)
        if len(tokens) <= context - max_tokens:
            return system + rest
        rest = rest[2:]
    raise ValueError(f"the last message has more than {context - max_tokens} tokens")


_CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@fit_messages.use
def _(answer, rng):
    tokenizer = mlx_lm.utils.load_tokenizer(course.model.directory("notes"))
    names = ["Ana", "Ben", "Cleo", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo"]
    words = [str(word) for word in rng.permutation(names)]

    def turn(i, many=1):
        said = f"{words[i]} will reorganize the extraordinary {words[i + 1]} questionnaire."
        return {"role": "assistant" if i % 2 else "user", "content": " ".join([said] * many)}

    system = {"role": "system", "content": str(rng.choice(["Answer in one word.", "Be brief."]))}
    short = [{"role": "user", "content": words[0]}, {"role": "assistant", "content": words[1]}]
    talk = [system, *short, turn(2, 3), turn(3), turn(4), turn(5, 2), turn(6)]

    def size(kept, mark=True):
        return len(tokenizer.apply_chat_template(kept, add_generation_prompt=mark))

    def run(messages, room, most):
        """What is left, or the ValueError; another error is let through."""
        said = []

        def fit():
            said.append(answer(tokenizer, [dict(m) for m in messages], room + most, most))

        ended = outcome(fit).partition(":")[0]
        if not said and ended != "ValueError":
            fit()
        return said[0] if said else ended

    def told(kept, messages):
        """How many messages are left, if they are the system's and the newest."""
        if not isinstance(kept, list):
            return "a ValueError" if kept == "ValueError" else f"no list, but {type(kept).__name__}"
        first = 1 if messages[0]["role"] == "system" else 0
        newest = messages[:first] + messages[len(messages) - len(kept) + first :]
        few = "1 message" if len(kept) == 1 else f"{len(kept)} messages"
        return few + ("" if kept == newest else ", and others than the newest")

    def left(messages, room, most):
        return told(run(messages, room, most), messages)

    # Room for four and a half messages; with the answer's room for six, and one or two tokens more.
    room = size([system, *talk[4:]]) + int(rng.integers(2, 5))
    most = size([system, *talk[3:]]) + int(rng.integers(1, 3)) - room
    kept = run(talk, room, most)
    said = told(kept, talk)
    kept = kept if isinstance(kept, list) else []
    six = size([system, *talk[3:]])
    mark = six - size([system, *talk[3:]], mark=False)
    one = [{"role": "user", "content": turn(0, 4)["content"]}]
    letters = [{"role": "user", "content": " ".join(["so", "I", "go", "on"] * 10)}]
    seen = {
        "long": said,
        "begins": str(kept[0]["role"]) if kept else "nobody",
        "second": str(kept[1]["role"]) if kept and len(kept) > 1 else "nobody",
        "newest": "the last question" if kept and kept[-1] == talk[-1] else "an earlier question",
        "exact": left(talk, six, most),
        "tight": left(talk, six - 1, most),
        "marks": left(talk, six - 1 - mark, most),
        "plain_short": left(talk[1:], size(talk[1:]) - 1, most),
        "single": left(one, size(one), most),
        "too_long": left([system, *one], size([system, *one]) - 1, most),
        "letters": left(letters, 38, 200),
        "letters_narrow": left(letters, 38, 1),
        "hopeless": left(one, 5, 3000),
    }
    tokenizer.chat_template = _CHATML
    six = size([system, *talk[3:]])
    return seen | {"other": left(talk, six, most), "other_tight": left(talk, six - 1, most)}


fit_messages.says(
    passed="The sender counts; the server reads whatever it gets.",
    long="Of a conversation that is too long",
    begins="The first message that is left is by",
    second="The second message that is left is by",
    newest="The last message that is left is",
    exact="Where six messages fit exactly",
    tight="Where six messages miss one token",
    marks="Where six messages miss one token more than the answer's mark has",
    plain_short="Without a system message, where one token is missing",
    single="Of a single question that fits exactly",
    too_long="Of a system message and a question that miss one token",
    letters="Of a question of 40 short words in 38 tokens, with 200 for the answer",
    letters_narrow="Of a question of 40 short words in 38 tokens, with 1 for the answer",
    hopeless="Of a long question in 5 tokens, with 3000 for the answer",
    other="Where six messages fit exactly, by another model's template",
    other_tight="Where six messages miss one token, by another model's template",
)
fit_messages.same_as(
    "alternative 1",
    "constant",
    "place + 1",
    "an odd number of messages is left behind the system's, so one more makes no difference",
)


@fit_messages.alternative
def _(tokenizer, messages, context, max_tokens):
    kept = list(messages)
    place = int(kept[0]["role"] == "system")

    def size():
        text = tokenizer.apply_chat_template(kept, add_generation_prompt=True, tokenize=False)
        return len(tokenizer.encode(text, add_special_tokens=False))

    while size() + max_tokens > context:
        if len(kept) <= place + 1:
            raise ValueError("too long")
        del kept[place : place + 2]
    return kept


def _fitted(
    tokenizer, messages, room, size=None, start=None, step=2, tail=False, refuse=True, full=0
):
    """A conversation shortened with one mistake or another."""
    if start is None:
        start = 1 if messages[0]["role"] == "system" else 0
    system, rest = messages[:start], messages[start:]
    size = size or (
        lambda kept: len(tokenizer.apply_chat_template(kept, add_generation_prompt=True))
    )
    while rest:
        if size(system + rest) + full <= room:
            return system + rest
        if len(rest) == 1 and not refuse:
            return system + rest
        rest = rest[:-step] if tail else rest[step:]
    raise ValueError("too long")


@fit_messages.misconception(
    "no_room_for_the_answer",
    "You keep {long}, and with them the prompt fits; for the answer there is no room. A context "
    "sounds like what a model reads, and it holds both: what is read and what is written. What is "
    "`max_tokens` for?",
)
def _(tokenizer, messages, context, max_tokens):
    return _fitted(tokenizer, messages, context)


@fit_messages.misconception(
    "words_counted",
    "You keep {long}, where {long:expected} fit. In words they would fit; but the model reads "
    "tokens, of which a rare word is several, and the marks between the messages. What counts "
    "tokens?",
)
def _(tokenizer, messages, context, max_tokens):
    def words(kept):
        return sum(len(message["content"].split()) for message in kept)

    return _fitted(tokenizer, messages, context - max_tokens, words)


@fit_messages.misconception(
    "characters_by_four",
    "You keep {long}, where {long:expected} fit. By the rule of four characters a token they "
    "would; it is a rule for English and a large vocabulary, and it knows no marks. What counts "
    "this model's tokens?",
)
def _(tokenizer, messages, context, max_tokens):
    def quarter(kept):
        return sum(len(message["content"]) for message in kept) // 4

    return _fitted(tokenizer, messages, context - max_tokens, quarter)


@fit_messages.misconception(
    "characters_counted",
    "Of a conversation of which {long:expected} fit you keep {long}, and of a single question that "
    "fits exactly {single}. In characters it would be so. What the template gives is a text or "
    "tokens, and both have a length. Which of them fills a context?",
)
def _(tokenizer, messages, context, max_tokens):
    def characters(kept):
        return len(tokenizer.apply_chat_template(kept, add_generation_prompt=True, tokenize=False))

    return _fitted(tokenizer, messages, context - max_tokens, characters)


@fit_messages.misconception(
    "marks_forgotten",
    "You keep {marks}, where {marks:expected} fit. The texts alone would fit; the template puts "
    "marks around each, and one for the answer. What makes exactly the tokens that the model will "
    "read?",
)
def _(tokenizer, messages, context, max_tokens):
    def contents(kept):
        return sum(len(tokenizer.encode(message["content"])) for message in kept)

    return _fitted(tokenizer, messages, context - max_tokens, contents)


@fit_messages.misconception(
    "no_mark_for_the_answer",
    "You keep {tight}, where {tight:expected} fit: exactly the mark that begins the answer is too "
    "much. The template makes it only when it is asked to. Which argument asks?",
)
def _(tokenizer, messages, context, max_tokens):
    def unmarked(kept):
        return len(tokenizer.apply_chat_template(kept))

    return _fitted(tokenizer, messages, context - max_tokens, unmarked)


@fit_messages.misconception(
    "exactly_full_is_too_much",
    "Where six messages fit exactly, you keep {exact}: your count or your comparison is one token "
    "too strict. A start token that comes twice is one too many, and less than is not at most. "
    "Which of the two is it?",
)
def _(tokenizer, messages, context, max_tokens):
    return _fitted(tokenizer, messages, context - max_tokens, full=1)


@fit_messages.misconception(
    "system_left_out",
    "The oldest message went first, and that was the system's, which says how all the others are "
    "to be answered: what is left begins with {begins}. Which message is old and must stay?",
)
def _(tokenizer, messages, context, max_tokens):
    return _fitted(tokenizer, messages, context - max_tokens, start=0)


@fit_messages.misconception(
    "newest_left_out",
    "What was said last went first: you keep {newest}. Of a conversation that is too long the "
    "model then answers a question from its beginning. Which end is old?",
)
def _(tokenizer, messages, context, max_tokens):
    return _fitted(tokenizer, messages, context - max_tokens, tail=True)


@fit_messages.misconception(
    "answer_without_its_question",
    "After the system's message there stands now one of the {second}: an answer whose question is "
    "gone, because there was room for just one message more. Templates and models know "
    "conversations in turns. What goes together?",
)
def _(tokenizer, messages, context, max_tokens):
    return _fitted(tokenizer, messages, context - max_tokens, step=1)


@fit_messages.misconception(
    "gap_in_the_middle",
    "You keep {long}: a long question and its answer are gone, and an older one stayed. More fits "
    "so, and the model reads a conversation that never was. Which are left out first?",
)
def _(tokenizer, messages, context, max_tokens):
    start = 1 if messages[0]["role"] == "system" else 0
    kept = _fitted(tokenizer, [*messages[:start], messages[-1]], context - max_tokens)
    for place in range(len(messages) - 3, start - 1, -2):
        more = [*messages[:start], *messages[place : place + 2], *kept[start:]]
        tokens = tokenizer.apply_chat_template(more, add_generation_prompt=True)
        if len(tokens) <= context - max_tokens:
            kept = more
    return kept


@fit_messages.misconception(
    "sent_all_the_same",
    "The last message is too long, and you keep {too_long}. The server will not refuse it: it "
    "reads past all that the model knows, and answers anything. Who else should say so?",
)
def _(tokenizer, messages, context, max_tokens):
    return _fitted(tokenizer, messages, context - max_tokens, refuse=False)


fit_messages.hints(
    "What does the model read: words, texts, or what the template makes of all messages?",
    "Put the system message aside. Count the template's tokens of all that is left, and leave out "
    "two messages at a time while they are too many.",
    "`len(tokenizer.apply_chat_template(system + rest, add_generation_prompt=True))` against "
    "`context - max_tokens`; `rest = rest[2:]`; nothing left: raise ValueError.",
)
