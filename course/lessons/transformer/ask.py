"""ask, an exercise of lesson 06, transformer."""

import copy
from functools import cache

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


@cache
def _other():
    """A tokenizer whose template has other marks, and writes down who speaks."""
    _, tokenizer = model.load("notes")
    other = copy.deepcopy(tokenizer)
    other._tokenizer.chat_template = (
        "{{ bos_token }}{% for message in messages %}[{{ message['role'] }}] "
        "{{ message['content'] }}\n{% endfor %}"
        "{% if add_generation_prompt %}[assistant] {% endif %}"
    )
    return other


def _asked(answer, tokenizer, question, reply, ends):
    """(what the model read, what the answer returned)."""
    fed = []

    def generate(ids):
        fed.extend(ids.reshape(-1).tolist() if isinstance(ids, mx.array) else ids)
        said = tokenizer.encode(reply, add_special_tokens=False)
        return [*said, tokenizer.eos_token_id] if ends else said

    said = answer(generate, tokenizer, question)
    said = said if isinstance(said, str) else f"a {type(said).__name__}, and no text"
    return tokenizer.decode(fed), said


@ask.use(fed="reading", other_fed="reading")
def _(answer, rng):
    _, tokenizer = model.load("notes")
    question = f"Who is on team {rng.integers(2, 90)}?"
    fed, said = _asked(answer, tokenizer, question, "Zoë, at 9 → 🎉", ends=True)
    other_fed, other_said = _asked(answer, _other(), question, "Until half past 4", ends=False)
    return {"fed": fed, "said": said, "other_fed": other_fed, "other_said": other_said}


ask.says(
    passed="The same two calls work for every chat model: the template comes with its tokenizer.",
    fed="What the model read",
    said="The answer",
    other_fed="What a model with another template read",
    other_said="Its answer, which was cut off before an end-of-text token",
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
    "What the model read is {fed}: the question, without the marks that say who speaks. It was "
    "trained on conversations; a text without marks is the middle of something, and the model may "
    "go on with it in any way. Who knows which marks this model wants?",
)
def _(generate, tokenizer, question):
    return _decoded(tokenizer, generate(tokenizer.encode(question)))


def _template(tokenizer, question, **settings):
    messages = [{"role": "user", "content": question}]
    return tokenizer.apply_chat_template(messages, **settings)


@ask.misconception(
    "whose_turn",
    "What the model read is {fed} and ends with the question. Nothing says that it is the "
    "assistant's turn, so the likeliest continuation may be more of the question. Who can write "
    "that down?",
)
def _(generate, tokenizer, question):
    ids = _template(tokenizer, question, add_generation_prompt=False)
    return _decoded(tokenizer, generate(ids))


@ask.misconception(
    "start_twice",
    "There is a start token too many: {fed}. The template writes its own where the model wants "
    "one, and `encode` puts one before whatever it gets. Most models bear it, a little worse, "
    "which is why nobody notices. Where does the second one come from?",
)
def _(generate, tokenizer, question):
    text = _template(tokenizer, question, tokenize=False, add_generation_prompt=True)
    return _decoded(tokenizer, generate(tokenizer.encode(text)))


@ask.misconception(
    "marks_left_in",
    "Your answer is {said}, with the end-of-text token spelled out. It is one id among others, and "
    "`decode` writes them all unless it is told otherwise. Which ones are no words?",
)
def _(generate, tokenizer, question):
    ids = _template(tokenizer, question, add_generation_prompt=True)
    return tokenizer.decode(generate(ids))


@ask.misconception(
    "token_by_token",
    "Your answer is {said}, and it should be {said:expected}. It is what comes of decoding each "
    "token by itself. A token is a run of bytes, and a letter can be spread over several of them. "
    "What can be decoded at once?",
)
def _(generate, tokenizer, question):
    ids = _template(tokenizer, question, add_generation_prompt=True)
    return "".join(_decoded(tokenizer, [token]) for token in generate(ids))


@ask.misconception(
    "prompt_in_the_answer",
    "Your answer is {said}: the question is part of it. In other libraries `generate` returns the "
    "prompt too. What does this one return?",
)
def _(generate, tokenizer, question):
    ids = list(_template(tokenizer, question, add_generation_prompt=True))
    return _decoded(tokenizer, ids + generate(ids))


@ask.misconception(
    "tokens_returned",
    "The model read the right text, and what you return is {said}. `generate` gives ids, which "
    "only this tokenizer can read. What makes text of them?",
)
def _(generate, tokenizer, question):
    return generate(_template(tokenizer, question, add_generation_prompt=True))


@ask.misconception(
    "marks_of_one_model",
    "The built-in model read what it should. A model with another template read {other_fed}, and "
    "it should be {other_fed:expected}. Each model was trained with marks of its own. Where are "
    "they written down?",
)
def _(generate, tokenizer, question):
    ids = tokenizer.encode(f"<|user|>{question}<|assistant|>")
    return _decoded(tokenizer, generate(ids))


@ask.misconception(
    "start_missing",
    "What the model read begins without a start token: {fed}. Marks written by hand are easily "
    "one too few, and another model has others. Where are they written down?",
)
def _(generate, tokenizer, question):
    ids = tokenizer.encode(f"<|user|>{question}<|assistant|>", add_special_tokens=False)
    return _decoded(tokenizer, generate(ids))


@ask.misconception(
    "last_token_cut",
    "The answer that ends by itself is right. Of the one that was cut off you return {other_said}, "
    "and it should be {other_said:expected}: its last token was a word. How do you know which "
    "tokens to leave out?",
)
def _(generate, tokenizer, question):
    ids = _template(tokenizer, question, add_generation_prompt=True)
    return tokenizer.decode(generate(ids)[:-1])


ask.hints(
    "The model was trained on conversations. What in a tokenizer knows how they are written down?",
    "`apply_chat_template` makes ids of a list of messages; one of its arguments says that the "
    "assistant comes next. `decode` can leave special tokens out.",
    '`tokenizer.apply_chat_template([{"role": "user", "content": question}], '
    "add_generation_prompt=True)` and `tokenizer.decode(..., skip_special_tokens=True)`.",
)
