"""What exercises of lesson 10, serving share."""

import httpx
import openai
from openai.types.chat import ChatCompletionChunk


def _chunk(delta=None, finish=None, usage=None):
    """A chunk as it comes over the wire; without a delta the one that only counts."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return ChatCompletionChunk.model_validate(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "default_model",
            "choices": choices,
            "usage": usage,
        }
    )


def _usage(prompt, completion):
    total = prompt + completion
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}


def _status_error(status, **headers):
    request = httpx.Request("POST", "http://127.0.0.1:8080/v1/chat/completions")
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    response = httpx.Response(status, request=request, headers=headers)
    kinds = {
        400: openai.BadRequestError,
        401: openai.AuthenticationError,
        404: openai.NotFoundError,
        409: openai.ConflictError,
        422: openai.UnprocessableEntityError,
        429: openai.RateLimitError,
    }
    other = openai.InternalServerError if status >= 500 else openai.APIStatusError
    kind = kinds.get(status, other)
    return kind(f"Error code: {status}", response=response, body=None)
