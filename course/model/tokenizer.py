"""The tokenizer of the built-in models: byte-level BPE, in Hugging Face's files, as mlx_lm reads.

Trained on the corpus with the ``tokenizers`` library. Any UTF-8 text comes back as it went in.
"""

import json
import random
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from course.model import corpus, tools
from course.model.unfamiliar import unfamiliar

SIZE = 2048
SPECIAL = ["<|pad|>", "<|start|>", "<|end|>", "<|user|>", "<|assistant|>"]
PAD, START, END, USER, ASSISTANT = range(5)
# One token each, so that what follows cannot grow together with them; read and written as text.
MARKS = [tools.OPEN, tools.CLOSE, tools.RESULT, tools.RESULT_END]

# Tools, and what a system message says, stand before the first thing that the user says. mlx_lm
# knows by "<tool_call>" and "tool_call.name" how a call is to be read.
TEMPLATE = (
    "{{ bos_token }}"
    "{% if tools %}<|user|>Tools:\n"
    "{% for tool in tools %}{{ (tool.function or tool) | tojson }}\n{% endfor %}{% endif %}"
    "{% for message in messages %}"
    "{% set before = messages[loop.index0 - 1]['role'] if loop.index0 else 'tools' if tools else '' %}"
    "{% if message['role'] == 'assistant' %}<|assistant|>{{ message['content'] or '' }}"
    "{% for tool_call in message['tool_calls'] or [] %}"
    "{% if tool_call.function %}{% set tool_call = tool_call.function %}{% endif %}"
    "{{ '\n' if not loop.first else '' }}"
    '<tool_call>{"name": "{{ tool_call.name }}", "arguments": {{ tool_call.arguments | tojson }}}'
    "</tool_call>{% endfor %}<|end|>"
    "{% elif message['role'] == 'tool' %}{{ '<|user|>' if before != 'tool' else '' }}"
    "<tool_response>{{ message['content'] }}</tool_response>"
    "{% else %}{{ '<|user|>' if before not in ('system', 'tools') else '' }}{{ message['content'] }}"
    "{{ '\n' if message['role'] == 'system' else '' }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def train(documents: int = 20_000, seed: int = 0) -> Tokenizer:
    """The tokenizer that the corpus makes.

    Not the same one each time: pairs that are equally frequent are merged in either order. So the
    built-in models share the file that was made once.

    A special token's text is that token wherever it stands, also in a user's message: as with every
    Hugging Face tokenizer, whoever passes on what others typed takes it out first.
    """
    rng = random.Random(f"tokenizer {seed}")
    texts = ["".join(unfamiliar(rng, corpus.conversation(rng))) for _ in range(documents)]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE,
        special_tokens=[*SPECIAL, *MARKS],
        initial_alphabet=alphabet,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    start = ("<|start|>", START)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|start|> $A", pair="<|start|> $A $B", special_tokens=[start]
    )
    whole = json.loads(tokenizer.to_str())
    for added in whole["added_tokens"]:
        added["special"] = added["content"] in SPECIAL
    return Tokenizer.from_str(json.dumps(whole))


def save(tokenizer: Tokenizer, folder: Path, context: int) -> None:
    """Write tokenizer.json and tokenizer_config.json, the chat template in it."""
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": context,
        "bos_token": "<|start|>",
        "eos_token": "<|end|>",
        "pad_token": "<|pad|>",
        "clean_up_tokenization_spaces": False,
        "chat_template": TEMPLATE,
    }
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def document(turns: list[str]) -> str:
    """A training document as text, without the start token, which encoding puts before it.

    Args:
        turns: what user and assistant say in turn; or one text alone, which is no conversation.
    """
    if len(turns) == 1:
        return turns[0] + "<|end|>"
    pairs = zip(turns[::2], turns[1::2], strict=True)
    return "".join(f"<|user|>{u}<|assistant|>{a}<|end|>" for u, a in pairs)
