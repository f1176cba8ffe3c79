"""Others' answers to ask_adapter."""

from course.author.answers import right, wrong


def _question(question):
    return [{"role": "user", "content": question}]


@right("extra_body, model by folder")
def _(client, model, adapter, question):
    extra = {"adapters": str(adapter)} if adapter else None
    name = str(model) if adapter else "default_model"
    said = client.chat.completions.create(
        model=name, messages=_question(question), extra_body=extra
    )
    return said.choices[0].message.content


@right("choices unpacked")
def _(client, model, adapter, question):
    more = {} if adapter is None else {"extra_body": {"adapters": f"{adapter}"}}
    reply = client.chat.completions.create(model=f"{model}", messages=_question(question), **more)
    (choice,) = reply.choices
    return choice.message.content


@right("adapters: null where there is none")
def _(client, model, adapter, question):
    extra = {"adapters": None if adapter is None else str(adapter)}
    return (
        client.chat.completions.create(
            model=str(model), messages=_question(question), extra_body=extra
        )
        .choices[0]
        .message.content
    )


@wrong("default_model with an adapter", named="default_model")
def _(client, model, adapter, question):
    extra = {"adapters": str(adapter)} if adapter else None
    return (
        client.chat.completions.create(
            model="default_model", messages=_question(question), extra_body=extra
        )
        .choices[0]
        .message.content
    )


@wrong("adapter_path", named="field_of_mlx_lm_load", never=("adapter_in_the_singular",))
def _(client, model, adapter, question):
    extra = {"adapter_path": str(adapter)} if adapter else None
    return (
        client.chat.completions.create(
            model=str(model), messages=_question(question), extra_body=extra
        )
        .choices[0]
        .message.content
    )


@wrong("adapter, singular")
def _(client, model, adapter, question):
    extra = {"adapter": str(adapter)} if adapter else None
    return (
        client.chat.completions.create(
            model=str(model), messages=_question(question), extra_body=extra
        )
        .choices[0]
        .message.content
    )


@wrong("the text 'None'", named="none_as_text")
def _(client, model, adapter, question):
    return (
        client.chat.completions.create(
            model=str(model), messages=_question(question), extra_body={"adapters": str(adapter)}
        )
        .choices[0]
        .message.content
    )


@wrong("a Path in the body")
def _(client, model, adapter, question):
    extra = {"adapters": adapter} if adapter else None
    return (
        client.chat.completions.create(
            model=str(model), messages=_question(question), extra_body=extra
        )
        .choices[0]
        .message.content
    )


@wrong("the model's name, not its folder")
def _(client, model, adapter, question):
    extra = {"adapters": str(adapter)} if adapter else None
    return (
        client.chat.completions.create(
            model=model.name, messages=_question(question), extra_body=extra
        )
        .choices[0]
        .message.content
    )


@wrong("the whole answer", named="not_its_text")
def _(client, model, adapter, question):
    extra = {"adapters": str(adapter)} if adapter else None
    return client.chat.completions.create(
        model=str(model), messages=_question(question), extra_body=extra
    )


@wrong("in the headers", named="not_in_the_body", never=("adapter_in_the_singular",))
def _(client, model, adapter, question):
    extra = {"adapters": str(adapter)} if adapter else None
    return (
        client.chat.completions.create(
            model=str(model), messages=_question(question), extra_headers=extra
        )
        .choices[0]
        .message.content
    )
