"""Tokenizers of four styles, learnt here in a moment."""

import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

import rh_lens as rh

STYLES = ["bundled", "bytes", "metaspace", "pieces", "words"]
CHAT = "{% for m in messages %}<|user|>{{ m.content }}<|end|>{% endfor %}<|assistant|>"
SPECIAL = ["<unk>", "<s>"]


@pytest.fixture(scope="session")
def haystack(tmp_path_factory):
    file = tmp_path_factory.mktemp("hay") / "hay.txt"
    file.write_text(rh.Haystack().text[:40_000], encoding="utf-8")
    return rh.Haystack(file)


@pytest.fixture(scope="session", params=STYLES)
def style(request, tokenizer, haystack):
    """A tokenizer of each style: the bundled one; GPT-2's with a chat template, T5's, BERT's, and
    one that knows whole words only."""
    if request.param == "bundled":
        return tokenizer
    made = {"bytes": _bytes, "metaspace": _metaspace, "pieces": _pieces, "words": _words}
    learnt = made[request.param](haystack.text.split("\n"))
    return PreTrainedTokenizerFast(
        tokenizer_object=learnt,
        bos_token="<s>",
        unk_token="<unk>",
        chat_template=CHAT if request.param == "bytes" else None,
    )


@pytest.fixture(scope="session")
def spells_all(style):
    """Whether a tokenizer spells every text there is, byte by byte if need be."""
    return style.decode(style("𐍈👍🏽\u200b")["input_ids"]) == "𐍈👍🏽\u200b"


def _bytes(lines):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer


def _metaspace(lines):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=700, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer


def _pieces(lines):
    tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=700, special_tokens=SPECIAL, show_progress=False)
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer


def _words(lines):
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.WordLevelTrainer(special_tokens=SPECIAL, show_progress=False)
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer
