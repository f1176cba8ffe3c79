"""allow_request, an exercise of lesson 10, serving."""

import hmac
import json

from course.exercise import exercise

allow_request = exercise(minutes=7, level=2)


@allow_request.solution
def _(method, path, headers, body, keys):
    """What a door in front of mlx_lm.server answers: 200 lets the request through.

    `headers` is a dict whose names may be written in any case, as HTTP allows; `body` is the
    request's body, a dict; `keys` is a set of keys that are known. Return a number, the first
    that applies:

        404   anything but POST to exactly /v1/chat/completions or /v1/completions
        401   the header Authorization is missing, or is not "Bearer " and one of the keys, exactly
        403   the body names a model other than "default_model", or adapters; or its messages hold
              a part whose "type" is not "text"
        200   everything else

    A body without "model" means "default_model". A message's "content" is a text or a list of
    parts, which are dicts. A body for /v1/completions has a "prompt" and no messages.
    """
    if method != "POST" or path not in ("/v1/chat/completions", "/v1/completions"):
        return 404
    given = {name.lower(): value for name, value in headers.items()}.get("authorization", "")
    if not any(hmac.compare_digest(given.encode(), f"Bearer {key}".encode()) for key in keys):
        return 401
    if body.get("model", "default_model") != "default_model" or "adapters" in body:
        return 403
    for message in body.get("messages", []):
        content = message["content"]
        if isinstance(content, list) and any(part.get("type") != "text" for part in content):
            return 403
    return 200


_ASKED = {
    "known": "A right request",
    "second": "A right request with the other key",
    "unnamed": "A right request that names no model",
    "completion": "A right request to /v1/completions",
    "more_headers": "A right request with other headers before the key's",
    "small": "The header's name in small letters",
    "large": "The header's name in capitals",
    "parts": "A message in two parts of text",
    "quoted": "A text that mentions an image",
    "models": "GET /v1/models, with a key",
    "post_models": "POST /v1/models, with a key",
    "health": "POST /health, with a key",
    "slash": "A good path with a slash behind it",
    "longer_path": "A path that begins like a good one",
    "inner_path": "A path that ends like a good one",
    "read": "GET where POST is meant",
    "put": "PUT where POST is meant",
    "lost": "A stranger who asks for /v1/models",
    "none": "Without a header",
    "wrong": "With an empty key",
    "no_keys": "With an empty key, where no key is known",
    "longer": "A key with one character more",
    "shorter": "A key with one character less",
    "bare": "A key without Bearer",
    "basic": "Basic instead of Bearer",
    "bearer": "bearer in small letters",
    "capitals": "A key in capitals",
    "other_header": "The key in a header of another name",
    "stranger": "A stranger who names another model",
    "model": "Another model, with a key",
    "longer_model": "A model whose name begins with default_model",
    "completion_model": "Another model at /v1/completions, with a key",
    "adapters": "Adapters, with a key",
    "both": "Another model and adapters, with a key",
    "completion_adapters": "Adapters at /v1/completions, with a key",
    "picture": "A message with an image's address",
    "picture_first": "A message with an image's address before the text",
    "picture_alone": "A message that is only an image's address",
    "earlier": "An image's address in an earlier message",
    "sound": "A message with a recording",
    "rich": "A message with a part of type rich_text",
}


@allow_request.use
def _(answer, rng):
    # lstrip("Bearer ") would eat the first letter of one of these names.
    names = [str(rng.choice(["ana", "eva", "rob"])), str(rng.choice(["ben", "gus", "tom"])), "ivo"]
    keys = [f"{name}-{int(rng.integers(1000, 9999))}" for name in names[: rng.integers(2, 4)]]
    key = keys[0]
    right = {"Authorization": f"Bearer {key}"}
    asks = {"messages": [{"role": "user", "content": "Who was there?"}]}
    say = {"type": "text", "text": str(rng.choice(["Look.", "See here.", "What is this?"]))}
    image = {"type": "image_url", "image_url": {"url": "http://10.0.0.1/status"}}
    sound = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}

    def door(path="/v1/chat/completions", headers=right, method="POST", known=keys, **more):
        body = {"prompt": "Who was there?"} if path == "/v1/completions" else asks
        return answer(method, path, dict(headers), json.loads(json.dumps(body | more)), set(known))

    def says(value, name="Authorization"):
        return door(headers={name: value}, model="default_model")

    def content(*parts):
        return door(messages=[{"role": "user", "content": list(parts)}])

    talk = [{"role": "user", "content": [say, image]}, {"role": "assistant", "content": "A door."}]
    return {
        "known": door(model="default_model"),
        "second": says(f"Bearer {keys[1]}"),
        "unnamed": door(),
        "completion": door("/v1/completions"),
        "more_headers": door(headers={"Content-Type": "application/json"} | right),
        "small": says(f"Bearer {key}", "authorization"),
        "large": says(f"Bearer {key}", "AUTHORIZATION"),
        "parts": content(say, say),
        "quoted": door(messages=[{"role": "user", "content": 'Why "type": "image_url"?'}]),
        "models": door("/v1/models", method="GET"),
        "post_models": door("/v1/models"),
        "health": door("/health"),
        "slash": door("/v1/chat/completions/"),
        "longer_path": door("/v1/chat/completions/../../health"),
        "inner_path": door("/admin/v1/completions"),
        "read": door(method="GET"),
        "put": door(method="PUT"),
        "lost": door("/v1/models", {}),
        "none": door(headers={}),
        "wrong": says("Bearer "),
        "no_keys": door(headers={"Authorization": "Bearer "}, known=[]),
        "longer": says(f"Bearer {key}0"),
        "shorter": says(f"Bearer {key[:-1]}"),
        "bare": says(key),
        "basic": says(f"Basic {key}"),
        "bearer": says(f"bearer {key}"),
        "capitals": says(f"Bearer {key.upper()}"),
        "other_header": says(f"Bearer {key}", "X-Forwarded-For"),
        "stranger": door(headers={"Authorization": "Bearer x"}, model="big/model"),
        "model": door(model="big/model"),
        "longer_model": door(model="default_model-2"),
        "completion_model": door("/v1/completions", model="big/model"),
        "adapters": door(adapters="elsewhere"),
        "both": door(model="big/model", adapters="elsewhere"),
        "completion_adapters": door("/v1/completions", adapters="elsewhere"),
        "picture": content(say, image),
        "picture_first": content(image, say),
        "picture_alone": content(image),
        "earlier": door(messages=[*talk, *asks["messages"]]),
        "sound": content(say, sound),
        "rich": content(say, {"type": "rich_text", "rich_text": "Look."}),
    }


allow_request.says(
    passed="In a real proxy each line of it is one of configuration, and each can be forgotten.",
    **_ASKED,
)
allow_request.same_as(
    "solution",
    "arguments swapped",
    "hmac.compare_digest(given.encode(), f'Bearer {key}'.encode())",
    "whether two texts are equal does not depend on their order",
)


@allow_request.alternative
def _(method, path, headers, body, keys):
    if (method, path) not in {("POST", f"/v1/{end}completions") for end in ("chat/", "")}:
        return 404
    values = [value for name, value in headers.items() if name.casefold() == "authorization"]
    if not values or values[0] not in [f"Bearer {key}" for key in keys]:
        return 401
    parts = [
        part
        for message in body.get("messages") or []
        if not isinstance(message["content"], str)
        for part in message["content"]
    ]
    fine = all(part["type"] == "text" for part in parts) and body.get("adapters") is None
    return 200 if fine and body.get("model") in (None, "default_model") else 403


allow_request.same_as(
    "alternative 1",
    "constant",
    "values[0]",
    "a dict has one Authorization, so the first is the last",
)

_PATHS = ("/v1/chat/completions", "/v1/completions")


def _text_alone(messages):
    contents = [message["content"] for message in messages if isinstance(message["content"], list)]
    return all(part["type"] == "text" for parts in contents for part in parts)


def _no_image(messages):
    contents = [message["content"] for message in messages if isinstance(message["content"], list)]
    return all(part["type"] != "image_url" for parts in contents for part in parts)


def _allowed(
    method, path, headers, body, keys,
    passes=lambda method, path: method == "POST" and path in _PATHS,
    lower=str.lower,
    known=lambda given, keys: given in {f"Bearer {key}" for key in keys},
    late=False,
    model=lambda body: body.get("model", "default_model") == "default_model",
    adapters=lambda body: "adapters" not in body,
    text=_text_alone,
):  # fmt: skip
    """A door with one mistake or another."""
    given = {lower(name): value for name, value in headers.items()}.get(lower("Authorization"), "")
    if not passes(method, path):
        return 404
    if not late and not known(given, keys):
        return 401
    if not model(body) or not adapters(body) or not text(body.get("messages", [])):
        return 403
    return 200 if known(given, keys) else 401


@allow_request.misconception(
    "any_path_of_the_api",
    "/v1/models got {models} and /health got {health}: what begins with /v1/ came through, and "
    "/v1/models lists all models on the machine's disk. A door names what may pass; what it "
    "forgets is closed. Which paths are named?",
)
def _(method, path, headers, body, keys):
    return _allowed(
        method, path, headers, body, keys, passes=lambda method, path: path.startswith("/v1/")
    )


@allow_request.misconception(
    "any_method",
    "The paths are right, and GET got {read}, PUT got {put}. A handler that is written for POST "
    "never sees them; a door in front of it does. What else does the first line of the table name?",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, passes=lambda _, path: path in _PATHS)


@allow_request.misconception(
    "path_tidied",
    "The path /v1/chat/completions/ got {slash}. Web frameworks cut such a slash off; a door that "
    "does so lets through what it did not compare, and what is behind it may read it differently. "
    "What does “exactly” ask for?",
)
def _(method, path, headers, body, keys):
    return _allowed(
        method, path, headers, body, keys,
        passes=lambda method, path: method == "POST" and path.rstrip("/") in _PATHS,
    )  # fmt: skip


@allow_request.misconception(
    "chat_alone",
    "A right request to /v1/completions got {completion}. Most clients chat, and the older path is "
    "easily forgotten. How many paths does the first line of the table have?",
)
def _(method, path, headers, body, keys):
    return _allowed(
        method, path, headers, body, keys,
        passes=lambda method, path: method == "POST" and path == "/v1/chat/completions",
    )  # fmt: skip


@allow_request.misconception(
    "key_before_path",
    "A stranger who asks for /v1/models got {lost}. Then the answer tells a stranger that there is "
    "something to find with a key. Which line of the table comes first?",
)
def _(method, path, headers, body, keys):
    code = _allowed(method, path, headers, body, keys)
    known = _allowed("POST", _PATHS[0], headers, {}, keys)
    return known if known == 401 else code


@allow_request.misconception(
    "one_spelling_of_a_header",
    'A client that writes "authorization" in small letters got {small}, and had the right key. '
    "HTTP does not distinguish the case of a header's name, and many programs send it small. In "
    "which case does your door know it?",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, lower=str)


@allow_request.misconception(
    "key_somewhere_inside",
    "A key with a character more got {longer}, and Basic instead of Bearer got {basic}: it is "
    "enough that a key stands somewhere in the header. That is short to write, and then a known "
    "key and anything else is a key too. What must be equal to what?",
)
def _(method, path, headers, body, keys):
    return _allowed(
        method, path, headers, body, keys,
        known=lambda given, keys: any(key in given for key in keys),
    )  # fmt: skip


@allow_request.misconception(
    "begins_with_a_key",
    "A key with one character more got {longer}: it begins like a known one. `startswith` reads "
    "well where the beginning is a fixed word. What must be equal to what?",
)
def _(method, path, headers, body, keys):
    return _allowed(
        method, path, headers, body, keys,
        known=lambda given, keys: any(given.startswith(f"Bearer {key}") for key in keys),
    )  # fmt: skip


@allow_request.misconception(
    "bearer_not_asked",
    "A key without the word Bearer got {bare}. What takes a word off the front takes nothing off "
    "where it is not, and says nothing. Which part of the header has nobody compared?",
)
def _(method, path, headers, body, keys):
    return _allowed(
        method, path, headers, body, keys,
        known=lambda given, keys: given.removeprefix("Bearer ") in keys,
    )  # fmt: skip


@allow_request.misconception(
    "letters_taken_off",
    "Of two right keys one got {known} and the other {second}. So it goes with `lstrip`, which "
    "looks as if it took a word off: it takes off every letter of the word, and goes on into a key "
    "that begins with one. What takes off exactly a beginning?",
)
def _(method, path, headers, body, keys):
    return _allowed(
        method, path, headers, body, keys,
        known=lambda given, keys: given.startswith("Bearer ") and given.lstrip("Bearer ") in keys,  # noqa: B005
    )  # fmt: skip


@allow_request.misconception(
    "case_of_the_key_ignored",
    "A key in capitals got {capitals}. A header's name may be written in any case; its value is "
    "another matter, and a key that may be written in any case is far easier to guess. Which of "
    "the two is made small?",
)
def _(method, path, headers, body, keys):
    return _allowed(
        method, path, headers, body, keys,
        known=lambda given, keys: given.lower() in {f"bearer {key}".lower() for key in keys},
    )  # fmt: skip


@allow_request.misconception(
    "looks_before_it_asks",
    "A stranger whose request names another model got {stranger}. So a stranger learns what would "
    "be allowed, and the body of anybody's request is read. Which comes first?",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, late=True)


@allow_request.misconception(
    "key_is_enough",
    "With a key a request may name any model and any adapters: they got {model} and {adapters}, "
    "and the server would have put its own model away, downloaded that one, and run it. A key says "
    "who asks. What may be asked?",
)
def _(method, path, headers, body, keys):
    return _allowed(
        method, path, headers, body, keys, model=lambda body: True, adapters=lambda body: True
    )


@allow_request.misconception(
    "any_adapters",
    "Another model got {model}, as it should; adapters got {adapters}. The server would have read "
    "any folder on its disk that the request names. What does the body name besides the model?",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, adapters=lambda body: True)


@allow_request.misconception(
    "model_must_be_named",
    "A right request that names no model got {unnamed}. The field is optional for this server. "
    "What does a body without it mean?",
)
def _(method, path, headers, body, keys):
    return _allowed(
        method, path, headers, body, keys, model=lambda body: body.get("model") == "default_model"
    )


@allow_request.misconception(
    "text_is_all_there_is",
    "A message with an image's address got {picture}, and one with a recording {sound}. The server "
    "fetches such an address itself, from inside your network, whether its model can see or not. "
    "Where can it stand?",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, text=lambda messages: True)


@allow_request.misconception(
    "pictures_alone",
    "An image's address got {picture}, and a recording got {sound}. What is forbidden by name has "
    "to be known; what may pass is a shorter list. Which type does the table allow?",
)
def _(method, path, headers, body, keys):
    return _allowed(method, path, headers, body, keys, text=_no_image)


@allow_request.misconception(
    "last_message_only",
    "An image's address in the last message got {picture}, in an earlier message {earlier}. The "
    "newest message is what the user asks; but the whole conversation is sent, and all of it is "
    "read. How many messages does a body have?",
)
def _(method, path, headers, body, keys):
    return _allowed(
        method, path, headers, body, keys, text=lambda messages: _text_alone(messages[-1:])
    )


allow_request.hints(
    "In which order do the four lines of the table stand, and does your function keep to it?",
    "Make all header names small first. Compare the whole value, not a part of it. Look at "
    '"model", "adapters" and the parts of each message.',
    '`given in {f"Bearer {key}" for key in keys}` decides 401 (`hmac.compare_digest` also hides '
    'how much was right); `part["type"] != "text"` in a list of parts is 403.',
)
