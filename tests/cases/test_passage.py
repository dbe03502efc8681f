"""A passage's stretches become the tokens that share a character with them."""

import pytest
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizer, PreTrainedTokenizerFast

import rh_lens as rh
from rh_lens.cases.passage import Passage


class Slow(PreTrainedTokenizer):
    """A tokenizer in Python, which does not know where its tokens came from."""

    @property
    def vocab_size(self):
        return 256

    def get_vocab(self):
        return {chr(code): code for code in range(256)}

    def _tokenize(self, text):
        return list(text)

    def _convert_token_to_id(self, token):
        return ord(token)

    def _convert_id_to_token(self, index):
        return chr(index)


@pytest.fixture(scope="module")
def pairs():
    """Tokens of two letters: "abcdef" is ab, cd, ef."""
    vocabulary = {"<s>": 0, "ab": 1, "cd": 2, "ef": 3, "?": 4}
    learnt = Tokenizer(models.WordLevel(vocabulary, unk_token="?"))
    learnt.pre_tokenizer = pre_tokenizers.Split(Regex(".."), "isolated")
    return PreTrainedTokenizerFast(tokenizer_object=learnt, bos_token="<s>", unk_token="?")


def test_a_token_that_straddles_an_edge_belongs_to_the_stretch(pairs):
    passage = Passage("abc") + Passage("d").named("one") + Passage("ef").named("two")
    tokens, spans = passage.tokenize(pairs, bos=True)
    assert tokens.tolist() == [0, 1, 2, 3]
    assert spans == {"one": (range(2, 3),), "two": (range(3, 4),)}


def test_neighbours_share_the_token_between_them(pairs):
    passage = Passage("abc").named("left") + Passage("def").named("right")
    _, spans = passage.tokenize(pairs, bos=False)
    assert spans == {"left": (range(0, 2),), "right": (range(1, 3),)}


def test_names_nest_and_repeat(pairs):
    inner = Passage("cd").named("word")
    passage = (Passage("ab") + inner).named("whole") + inner
    _, spans = passage.tokenize(pairs, bos=False)
    assert spans == {"whole": (range(0, 2),), "word": (range(1, 2), range(2, 3))}


def test_a_bos_that_the_text_begins_with_is_not_doubled(pairs):
    tokens, spans = (Passage("<s>") + Passage("ab").named("word")).tokenize(pairs, bos=True)
    assert tokens.tolist() == [0, 1]
    assert spans == {"word": (range(1, 2),)}


def test_a_text_that_spells_the_bos_is_refused(pairs):
    with pytest.raises(ValueError, match=r"spells the BOS token '<s>' 2 times: .* take it out"):
        Passage("ab<s>cd<s>ef").tokenize(pairs, bos=True)


@pytest.mark.parametrize("tokenizer", [Slow(), object()], ids=["slow", "unknown"])
def test_a_tokenizer_that_does_not_say_where_tokens_come_from_is_refused(tokenizer):
    with pytest.raises(
        ValueError, match=f"{type(tokenizer).__name__} does not say .* fast tokenizer"
    ):
        rh.niah(tokenizer, rh.needles(), rh.Haystack(), [512], [0.5])
