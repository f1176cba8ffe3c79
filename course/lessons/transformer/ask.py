"""ask, an exercise of lesson 06, transformer."""

import mlx.core as mx

from course import model
from course.exercise import exercise

ask = exercise(minutes=5, level=1)


@ask.solution
def _(generate, tokenizer, question):
    """Ask a chat model one question, and return its answer as text.

    `generate(ids)` takes a list of token ids and returns a list of new ones; the last may be the
    end-of-text token. `tokenizer` is what `mlx_lm.load` returns; the model was trained on
    conversations in the form of its chat template. `question` is the user's message. Hand
    `generate` the ids of a conversation that it is the assistant's turn to go on with, and return
    what it says as one string, without special tokens.
    With the built-in model the text handed over, for "Who?", is <|start|><|user|>Who?<|assistant|>.
    """
    messages = [{"role": "user", "content": question}]
    ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True)
    return tokenizer.decode(generate(ids), skip_special_tokens=True)


@ask.use(fed="reading")
def _(answer, rng):
    _, tokenizer = model.load("notes")
    fed = []

    def generate(ids):
        fed.extend(ids.reshape(-1).tolist() if isinstance(ids, mx.array) else ids)
        said = tokenizer.encode("Zoë, at 9 → 🎉", add_special_tokens=False)
        return [*said, tokenizer.eos_token_id]

    said = answer(generate, tokenizer, f"Who is on team {rng.integers(2, 90)}?")
    return {"fed": tokenizer.decode(fed), "said": said}


ask.says(
    passed="The same two calls work for every chat model: the template comes with its tokenizer.",
    fed="What the model read",
    said="The answer",
)


@ask.alternative
def _(generate, tokenizer, question):
    text = tokenizer.apply_chat_template(
        [dict(role="user", content=question)], tokenize=False, add_generation_prompt=True
    )
    new = generate(tokenizer.encode(text, add_special_tokens=False))
    kept = [token for token in new if token not in tokenizer.all_special_ids]
    return tokenizer.decode(kept)


def _decoded(tokenizer, ids):
    return tokenizer.decode(ids, skip_special_tokens=True)


@ask.misconception(
    "no_template",
    "What the model read is {fed}: the bare question, without the marks that say who speaks. It "
    "was trained on conversations; a text without them is the middle of something, and it will go "
    "on with it as it sees fit. Who knows which marks this model wants?",
)
def _(generate, tokenizer, question):
    return _decoded(tokenizer, generate(tokenizer.encode(question)))


def _template(tokenizer, question, **settings):
    messages = [{"role": "user", "content": question}]
    return tokenizer.apply_chat_template(messages, **settings)


@ask.misconception(
    "whose_turn",
    "What the model read ends with the question: {fed}. Nothing says that it is the assistant's "
    "turn, so the likeliest continuation may be more of the question. The template can say so, if "
    "it is asked to.",
)
def _(generate, tokenizer, question):
    ids = _template(tokenizer, question, add_generation_prompt=False)
    return _decoded(tokenizer, generate(ids))


@ask.misconception(
    "start_twice",
    "The text begins twice: {fed}. The template writes the start token, and `encode` puts one "
    "before whatever it gets. Most models bear it, a little worse, which is why nobody notices.",
)
def _(generate, tokenizer, question):
    text = _template(tokenizer, question, tokenize=False, add_generation_prompt=True)
    return _decoded(tokenizer, generate(tokenizer.encode(text)))


@ask.misconception(
    "marks_left_in",
    "Your answer is {said}, with the end-of-text token spelled out. It is one id among others, and "
    "`decode` writes them all unless it is told to skip the special ones.",
)
def _(generate, tokenizer, question):
    ids = _template(tokenizer, question, add_generation_prompt=True)
    return tokenizer.decode(generate(ids))


@ask.misconception(
    "token_by_token",
    "Your answer is {said}, and it should be {said:expected}. Each token was decoded by itself. A "
    "token is a run of bytes, and a letter can be spread over several: no one of them is a letter.",
)
def _(generate, tokenizer, question):
    ids = _template(tokenizer, question, add_generation_prompt=True)
    return "".join(_decoded(tokenizer, [token]) for token in generate(ids))


@ask.misconception(
    "prompt_in_the_answer",
    "Your answer is {said}: the question is part of it. `generate` returns new tokens alone; "
    "prompt and answer were put together again.",
)
def _(generate, tokenizer, question):
    ids = list(_template(tokenizer, question, add_generation_prompt=True))
    return _decoded(tokenizer, ids + generate(ids))


ask.hints(
    "The model was trained on conversations. What in a tokenizer knows how they are written down?",
    "`apply_chat_template` makes ids of a list of messages; one of its arguments says that the "
    "assistant comes next. `decode` can leave special tokens out.",
    '`tokenizer.apply_chat_template([{"role": "user", "content": question}], '
    "add_generation_prompt=True)` and `tokenizer.decode(..., skip_special_tokens=True)`.",
)
