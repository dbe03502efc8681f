"""Tokens as they stand in their text."""

import torch
from tokenizers import Tokenizer, decoders, models
from transformers import PreTrainedTokenizerFast

from rh_lens.model.texts import texts

SENTENCE = 'The best way to spend a rainy Sunday is "to sit", isn\'t it?\n\n  Yes.'


def test_the_texts_of_tokens_make_the_text(tokenizer):
    tokens = torch.tensor(tokenizer.encode(SENTENCE, add_special_tokens=False))
    assert "".join(texts(tokenizer, tokens)) == SENTENCE


def test_a_token_keeps_the_space_that_its_tokenizer_drops_when_it_stands_alone():
    words = Tokenizer(models.WordLevel({"▁in": 0, "▁the": 1, "re": 2}, "▁in"))
    words.decoder = decoders.Metaspace(prepend_scheme="always")
    spaced = PreTrainedTokenizerFast(tokenizer_object=words)
    assert spaced.decode([1]) == "the"
    assert texts(spaced, torch.tensor([0, 1, 1, 2])) == ["in", " the", " the", "re"]


def test_special_tokens_are_spelt_out(tokenizer):
    tokens = torch.tensor([tokenizer.bos_token_id, tokenizer.eos_token_id])
    assert texts(tokenizer, tokens) == [tokenizer.bos_token, tokenizer.eos_token]


def test_without_a_tokenizer_tokens_are_their_ids():
    assert texts(None, torch.tensor([7, 12])) == [" 7", " 12"]


def test_no_tokens_have_no_texts(tokenizer):
    assert texts(tokenizer, torch.tensor([], dtype=torch.long)) == []
