"""chat_prompt, an exercise of lesson 08, mlx_lm."""

import mlx.core as mx

from course.exercise import exercise

from .common import _tokenizer

chat_prompt = exercise(minutes=3, level=1)


@chat_prompt.solution
def _(tokenizer, question):
    """The tokens from which a chat model goes on with its answer.

    `tokenizer` is one that `mlx_lm.load` gives, with a chat template of its own, which you do not
    know; `question` is what a user says. Return a list of token ids: the conversation as the model
    was taught to read it, from its start up to the place where the answer begins.
    For the built-in model and "Who?" that is, as text, `<|start|><|user|>Who?<|assistant|>`.
    """
    messages = [{"role": "user", "content": question}]
    return tokenizer.apply_chat_template(messages, add_generation_prompt=True)


# How some families write a conversation, with this tokenizer's own tokens for start and end.
_TEMPLATES = (
    "{{ bos_token }}{% for m in messages %}# {{ m['role'] }}\n{{ m['content'] }}{{ eos_token }}\n"
    "{% endfor %}{% if add_generation_prompt %}# assistant\n{% endif %}",
    "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }} [end]"
    "{% endfor %}{% if add_generation_prompt %}[answer]{% endif %}",
)


@chat_prompt.use
def _(answer, rng):
    names = rng.permutation(["Ana", "Ben", "Cleo", "Dora"])
    question = f"{names[0]} will call {names[1]}. Who?"
    other = _tokenizer(_TEMPLATES[rng.integers(len(_TEMPLATES))])
    found = {}
    for name, tokenizer in (("built_in", _tokenizer()), ("read", other)):
        tokens = answer(tokenizer, question)
        text = isinstance(tokens, str)
        ids = [] if text else [int(token) for token in tokens]
        found[name] = f"text, not tokens: {tokens}" if text else tokenizer.decode(ids)
        found[f"{name}_starts"] = ids.count(tokenizer.bos_token_id)
    return found


chat_prompt.says(
    passed="One call, for every model there is.",
    built_in="With the built-in model's tokenizer, as text",
    read="With a tokenizer of another family, as text",
    built_in_starts="Start tokens with the built-in model's tokenizer",
    read_starts="Start tokens with the other",
)


@chat_prompt.alternative
def _(tokenizer, question):
    message = dict(role="user", content=question)
    text = tokenizer.apply_chat_template([message], add_generation_prompt=True, tokenize=False)
    return mx.array(tokenizer.encode(text, add_special_tokens=False))


@chat_prompt.misconception(
    "raw_prompt_no_template",
    "Another model would read {read}: the bare question. It will go on with something, because "
    "that is what a language model does with any text. But this one learned to answer behind "
    "certain marks, and nothing tells it that somebody has spoken and that it is its turn. What "
    "knows the marks?",
)
def _(tokenizer, question):
    return tokenizer.encode(question)


@chat_prompt.misconception(
    "double_bos",
    "The start token stands there {read_starts} times. The template writes it, and `encode` puts "
    "one in front of every text that it is given. Nothing fails, and the model sees a beginning "
    "that it was never trained on. Which of the two should leave it out?",
)
def _(tokenizer, question):
    messages = [{"role": "user", "content": question}]
    text = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    return tokenizer.encode(text)


@chat_prompt.misconception(
    "generation_prompt_forgotten",
    "Your prompt ends with what the user said: {read}. A model that goes on from there may add to "
    "it, or first write the mark that stands before an answer. What can the template be asked to "
    "put at the end?",
)
def _(tokenizer, question):
    return tokenizer.apply_chat_template([{"role": "user", "content": question}])


@chat_prompt.misconception(
    "template_by_hand",
    "For one tokenizer it is right, and for the other yours is {read}: the marks of the built-in "
    "model, which mean nothing to it. Each model brings its own. Where does it bring them?",
)
def _(tokenizer, question):
    return tokenizer.encode(f"<|user|>{question}<|assistant|>")


@chat_prompt.misconception(
    "text_for_tokens",
    "You return text: {read}. The conversation is there as the model was taught to read it, and a "
    "model reads ids. What can the template be asked for besides text?",
)
def _(tokenizer, question):
    messages = [{"role": "user", "content": question}]
    return tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)


chat_prompt.hints(
    "Who knows which marks this model was trained with?",
    "The tokenizer: `apply_chat_template` takes a list of messages and gives tokens.",
    'Messages are dicts with "role" and "content"; `add_generation_prompt=True` adds the mark '
    "behind which the answer stands.",
)
