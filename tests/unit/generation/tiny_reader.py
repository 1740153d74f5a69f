"""A tokenizer of bytes and three control tokens."""

from samovar.generation.chat import Chat, ChatFile, Reader, open_chat, open_reader
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

TEMPLATE = """
{%- for message in messages -%}
<|{{ message['role'] }}|>{{ message['content'] | trim }}<|end|>
{%- endfor -%}
{%- if add_generation_prompt -%}<|assistant|>{%- endif -%}
"""
MARKS = ("<|user|>", "<|assistant|>", "<|end|>")


def reader() -> Reader:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    found = Tokenizer(models.BPE({letter: at for at, letter in enumerate(letters)}, []))
    found.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    found.decoder = decoders.ByteLevel()
    found.add_special_tokens([AddedToken(mark, special=True) for mark in MARKS])
    return open_reader("tokenizer.json", found.to_str().encode())


def chat(template: str = TEMPLATE) -> Chat:
    return open_chat(ChatFile(template, (258,)), reader())
