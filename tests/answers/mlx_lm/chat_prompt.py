"""Others' answers to chat_prompt."""

from course.author.answers import right, wrong


@right("apply_chat_template")
def _(tokenizer, question):
    return tokenizer.apply_chat_template(
        [{"role": "user", "content": question}], add_generation_prompt=True
    )


@right("text then encode without special tokens")
def _(tokenizer, question):
    text = tokenizer.apply_chat_template(
        [dict(role="user", content=question)], tokenize=False, add_generation_prompt=True
    )
    return tokenizer.encode(text, add_special_tokens=False)


@right("explicit tokenize, list()")
def _(tokenizer, question: str) -> list[int]:
    messages = []
    messages.append({"role": "user", "content": question})
    return list(tokenizer.apply_chat_template(messages, tokenize=True, add_generation_prompt=True))


@wrong("plain encode", named="raw_prompt_no_template")
def _(tokenizer, question):
    return tokenizer.encode(question)


@wrong("no generation prompt", named="generation_prompt_forgotten")
def _(tokenizer, question):
    return tokenizer.apply_chat_template([{"role": "user", "content": question}])


@wrong("start token twice", named="double_bos")
def _(tokenizer, question):
    return tokenizer.encode(
        tokenizer.apply_chat_template(
            [{"role": "user", "content": question}], tokenize=False, add_generation_prompt=True
        )
    )
