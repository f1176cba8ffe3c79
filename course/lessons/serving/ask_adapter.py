"""ask_adapter, an exercise of lesson 10, serving."""

import json
from pathlib import Path

import httpx
import openai

from course.exercise import exercise
from course.probe import outcome

ask_adapter = exercise(minutes=5, level=2)


@ask_adapter.solution
def _(client, model, adapter, question):
    """One question to a model with an adapter, and without one.

    `client` is an `openai.OpenAI` for an mlx_lm.server that was started with `--model MODEL`;
    `model` is that folder and `adapter` the folder of an adapter, both `pathlib.Path`, or `adapter`
    is None for the model as it is. Return the text of the answer to `question`, which is a message
    of a user. Which field of a request names an adapter is no part of OpenAI's interface: in
    mlx_lm's it is "adapters", and a request to the model "default_model" always gets what
    the server was started with.
    """
    more = {} if adapter is None else {"adapters": str(adapter)}
    said = client.chat.completions.create(
        model=str(model), messages=[{"role": "user", "content": question}], extra_body=more
    )
    return said.choices[0].message.content


@ask_adapter.use
def _(answer, rng):
    names = [str(name) for name in rng.permutation(["oak", "elm", "ash", "fir"])]
    model, adapter = Path("models") / names[0], Path("adapters") / names[1]
    fields = set()

    def is_folder(text, folder):
        return isinstance(text, str) and Path(text).absolute() == folder.absolute()

    def server(request):
        """What mlx_lm.server makes of the two names, and of an adapter that is not there."""
        if request.method != "POST" or request.url.path != "/v1/chat/completions":
            return httpx.Response(404, json={"error": f"no such path: {request.url.path}"})
        body = json.loads(request.content)
        fields.update(key for key, value in body.items() if is_folder(value, adapter))
        default = body["model"] == "default_model"
        wanted = None if default else body.get("adapters")
        if not default and not is_folder(body["model"], model):
            return httpx.Response(404, json={"error": f"no such model here: {body['model']}"})
        if wanted is not None and not is_folder(wanted, adapter):
            said = f"The adapter path does not exist: {wanted}"
            return httpx.Response(404, json={"error": said})
        said = ", ".join(f"{each['role']}: {each['content']}" for each in body["messages"])
        text = f"{said} -> {'plain' if wanted is None else 'adapted'}"
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        about = {"id": "1", "object": "chat.completion", "created": 0, "model": body["model"]}
        return httpx.Response(200, json=about | {"choices": [choice]})

    def asked(folder, question):
        client = openai.OpenAI(
            base_url="http://127.0.0.1:8080/v1",
            api_key="none",
            max_retries=0,
            http_client=httpx.Client(transport=httpx.MockTransport(server)),
        )
        said = []
        ended = outcome(lambda: said.append(answer(client, model, folder, question)))
        if said and not isinstance(said[0], str):
            return f"what came back is of the type {type(said[0]).__name__}"
        return f"the answer was {said[0]!r}" if said else " ".join(ended.split())[:150]

    first, second = (
        str(text) for text in rng.permutation(["I spoke", "You left", "Who knows"])[:2]
    )
    adapted = asked(adapter, first)
    field = " and ".join(sorted(fields)) or "none"
    return {"field": field, "adapted": adapted, "plain": asked(None, second)}


ask_adapter.says(
    passed="One model in memory, and an adapter for each request; but each change loads it anew.",
    field="Fields of the request that had the adapter's folder",
    adapted="With an adapter",
    plain="Without one",
)
for _label, _place in (("solution", "said.choices[0]"), ("alternative 1", "said['choices'][0]")):
    ask_adapter.same_as(
        _label, "constant", _place, "the server sends one choice: the first is the last"
    )


@ask_adapter.alternative
def _(client, model, adapter, question):
    body = {"model": str(model), "messages": [{"role": "user", "content": question}]}
    if adapter:
        body["adapters"] = adapter.as_posix()
    said = client.post("/chat/completions", body=body, cast_to=httpx.Response).json()
    return said["choices"][0]["message"]["content"]


def _with_adapter(client, question, model, **more):
    said = client.chat.completions.create(
        model=str(model), messages=[{"role": "user", "content": question}], **more
    )
    return said.choices[0].message.content


@ask_adapter.misconception(
    "default_model",
    "The request had the adapter in the right field, and {adapted}. For the name "
    '"default_model" the server takes the adapter that it was started with, or none, and reads '
    "nothing of what a request says about adapters; no error tells you. Which other name has the "
    "model?",
)
def _(client, model, adapter, question):
    more = {"adapters": str(adapter)} if adapter else None
    return _with_adapter(client, question, "default_model", extra_body=more)


@ask_adapter.misconception(
    "field_of_openai",
    "The client has no such argument, because OpenAI's interface has no such field: {adapted}. It "
    "lets you send fields that it does not know, in a dict of their own. Which argument takes it?",
)
def _(client, model, adapter, question):
    more = {"adapters": str(adapter)} if adapter else {}
    return _with_adapter(client, question, model, **more)


@ask_adapter.misconception(
    "adapter_in_the_singular",
    "The adapter's folder was in the field {field}, and {adapted}. A server of this kind ignores "
    "fields that it does not know, and says nothing. Which name has the field in the statement, "
    "letter by letter?",
)
def _(client, model, adapter, question):
    more = {"adapter": str(adapter)} if adapter else None
    return _with_adapter(client, question, model, extra_body=more)


@ask_adapter.misconception(
    "field_of_mlx_lm_load",
    "The adapter's folder was in the field {field}, and {adapted}. `mlx_lm.load` and the command "
    "line call it so; the server's requests have another name for it, and it says nothing about "
    "fields that it does not know. Which name has the field in the statement?",
)
def _(client, model, adapter, question):
    more = {"adapter_path": str(adapter)} if adapter else None
    return _with_adapter(client, question, model, extra_body=more)


@ask_adapter.misconception(
    "not_in_the_body",
    "No field of the request's body had the adapter's folder, and {adapted}. Headers and a query "
    "get through too, and nobody reads them there. What sends a field that the client does not "
    "know?",
)
def _(client, model, adapter, question):
    more = {"adapters": str(adapter)} if adapter else None
    return _with_adapter(client, question, model, extra_headers=more)


@ask_adapter.misconception(
    "adapter_as_model",
    "The adapter's folder was in the field {field}, as if it were a model: {adapted}. An adapter "
    "is a small difference to a model. Which two things does the request name?",
)
def _(client, model, adapter, question):
    return _with_adapter(client, question, adapter or model)


@ask_adapter.misconception(
    "name_of_the_folder",
    "The server was started with a folder, and knows its model by that: {plain}. The last part of "
    "a path is the name that people say. What was behind `--model`?",
)
def _(client, model, adapter, question):
    more = {"adapters": str(adapter)} if adapter else None
    return _with_adapter(client, question, model.name, extra_body=more)


@ask_adapter.misconception(
    "path_in_json",
    "A request travels as JSON, which knows no paths: {adapted}. What does it know instead?",
)
def _(client, model, adapter, question):
    more = {"adapters": adapter} if adapter else None
    return _with_adapter(client, question, model, extra_body=more)


@ask_adapter.misconception(
    "none_as_text",
    'With an adapter it is right. Without one the request named an adapter "None": {plain}. That '
    "is what None becomes as a text. What should a request say about adapters if there is none?",
)
def _(client, model, adapter, question):
    return _with_adapter(client, question, model, extra_body={"adapters": str(adapter)})


@ask_adapter.misconception(
    "not_its_text",
    "The request is right, and {adapted}: the whole answer, with its tokens counted and the reason "
    "why it ended. Where in it is the text?",
)
def _(client, model, adapter, question):
    more = {"adapters": str(adapter)} if adapter else None
    return client.chat.completions.create(
        model=str(model), messages=[{"role": "user", "content": question}], extra_body=more
    )


ask_adapter.hints(
    "How does a field that the openai package does not know get into a request?",
    "`extra_body` is a dict of such fields. And for which model's name does the server read them?",
    '`model=str(model)`, and `extra_body={"adapters": str(adapter)}` if there is an adapter.',
)
