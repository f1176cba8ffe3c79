"""Others' answers to ask."""

from course.author.answers import right, wrong


@right("template tokens, skip_special_tokens")
def _(generate, tokenizer, question):
    ids = tokenizer.apply_chat_template(
        [{"role": "user", "content": question}], add_generation_prompt=True
    )
    return tokenizer.decode(generate(ids), skip_special_tokens=True)


@right("list() and eos_token_ids, detokenizer")
def _(generate, tokenizer, question):
    messages = [{"role": "user", "content": question}]
    new = generate(
        list(tokenizer.apply_chat_template(messages, tokenize=True, add_generation_prompt=True))
    )
    d = tokenizer.detokenizer
    for t in new:
        if t in tokenizer.eos_token_ids:
            break
        d.add_token(t)
    d.finalize()
    return d.text


@wrong("no generation prompt", named="whose_turn")
def _(generate, tokenizer, question):
    ids = tokenizer.apply_chat_template([{"role": "user", "content": question}])
    return tokenizer.decode(generate(ids), skip_special_tokens=True)


@wrong("returns tokens", named="tokens_returned")
def _(generate, tokenizer, question):
    ids = tokenizer.apply_chat_template(
        [{"role": "user", "content": question}], add_generation_prompt=True
    )
    return generate(ids)


@wrong("built-in template hard-coded without the start token", named="start_missing")
def _(generate, tokenizer, question):
    ids = tokenizer.encode(f"<|user|>{question}<|assistant|>", add_special_tokens=False)
    return tokenizer.decode(generate(ids), skip_special_tokens=True)


@wrong("stripped")
def _(generate, tokenizer, question):
    ids = tokenizer.apply_chat_template(
        [{"role": "user", "content": question.lower()}], add_generation_prompt=True
    )
    return tokenizer.decode(generate(ids), skip_special_tokens=True)


@wrong("start token put in front of the template's ids by hand", named="start_twice")
def _(generate, tokenizer, question):
    ids = tokenizer.apply_chat_template(
        [{"role": "user", "content": question}], add_generation_prompt=True
    )
    return tokenizer.decode(generate([tokenizer.bos_token_id, *ids]), skip_special_tokens=True)
