"""The views of tokens: what is drawn, what is left out, and what is said of it."""

import re

import pytest
import torch

import rh_lens as rh
from rh_lens.experiments.answer_logprobs import AnswerLogprobs
from rh_lens.plots import tokens
from rh_lens.plots.tokens import bundle
from rh_lens.plots.tokens.words import decimals, shown


def props(view):
    (picture,) = view.pictures
    return picture.drawings[0].props


def test_each_token_has_the_share_that_the_head_gave_it(seen):
    drawn = props(tokens.looked_at(seen))
    assert drawn["tokens"] == ["<bos>", " Paris", "↵\n", "</script><b>Q?</b>"]
    assert drawn["values"] == [0.1, 0.7, 0.1, 0.1]


def test_a_later_step_sees_what_was_said_before_it(seen):
    drawn = props(tokens.looked_at(seen, rh.Head(3, 2), step=1))
    assert drawn["tokens"][-1] == " Par"
    assert drawn["values"] == [0.25, 0.0, 0.0, 0.5, 0.25]


def test_it_says_where_the_head_looks_hardest(seen):
    assert "“ Paris” at 1, in the needle, with 70%" in repr(tokens.looked_at(seen))
    assert "“<bos>” at 0, outside the needle" in repr(tokens.looked_at(seen, rh.Head(3, 2)))


def test_the_heads_of_a_step_are_side_by_side_and_share_one_scale(seen):
    drawn = props(tokens.heads_at_step(seen))
    assert drawn["labels"] == ["L0H1", "L3H2"]
    assert drawn["values"] == [[0.1, 1.0], [0.7, 0.0], [0.1, 0.0], [0.1, 0.0]]
    assert drawn["positiveBounds"] == [1.0, 1.0]


def test_the_square_is_of_the_needle_and_the_rows_of_the_answer(seen):
    drawn = props(tokens.needle_square(seen))
    assert drawn["tokens"] == ["␣Paris", "</script><b>Q?</b>", "␣Par"]
    assert drawn["attention"][0] == torch.eye(3).tolist()
    assert drawn["attention"][1][1] == [0.25, 0.25, 0.0]
    html = tokens.needle_square(seen).html()
    assert '<th scope="row">L0H1 says “is”</th><td>“ Par” at 4</td><td>1.000</td>' in html


@pytest.mark.parametrize("step", [-1, 2])
def test_a_step_that_was_not_taken_is_refused(seen, step):
    for view in (tokens.looked_at, tokens.heads_at_step):
        with pytest.raises(ValueError, match="the reply has 2 tokens"):
            view(seen, step=step)


def test_a_head_that_was_not_watched_is_refused(seen):
    with pytest.raises(ValueError, match="L1H1 was not watched, only L0H1, L3H2"):
        tokens.looked_at(seen, rh.Head(1, 1))


def test_a_long_prompt_is_cropped_to_what_matters_and_says_so(long):
    view = tokens.looked_at(long(10_000))
    drawn = props(view)
    assert len(drawn["tokens"]) < 8300
    assert {"t0", "t500", "t502", "t700", "t9800", "t9999"} <= set(drawn["tokens"])
    assert any(re.fullmatch(r" ⋯ [\d,]+ tokens ⋯ ", token) for token in drawn["tokens"])
    assert sum(drawn["values"]) == pytest.approx(1)
    assert re.search(r"Shown are [\d,]+ of 10,000 tokens", repr(view))
    assert "The others have 0.0% of the attention" in repr(view)


def test_what_is_left_out_has_its_share_told(long):
    seen = long(10_000)
    seen.attention[0, 0] = 1 / 10_000
    shown_share = sum(props(tokens.looked_at(seen))["values"])
    told = re.search(r"others have ([\d.]+)%", repr(tokens.looked_at(seen)))
    assert float(told[1]) / 100 == pytest.approx(1 - shown_share, abs=0.001)
    assert float(told[1]) > 10


def test_many_heads_and_tokens_are_cropped_and_say_so(long):
    view = tokens.heads_at_step(long(3000, heads=40))
    drawn = props(view)
    assert len(drawn["labels"]) == len(drawn["values"][0]) == 32
    assert len(drawn["tokens"]) == len(drawn["values"]) < 2100
    assert "of 3,000 tokens" in repr(view)
    assert "the first 32 of 40 heads" in repr(view)
    assert "Where 1 head looks while" in repr(tokens.heads_at_step(long(900)))


def test_a_large_square_is_cropped_and_says_so(long):
    seen = long(900, heads=9, needle=range(500, 600))
    seen.between[0, -1, -1] = 0.5  # from the answer to itself
    view = tokens.needle_square(seen)
    drawn = props(view)
    assert drawn["attention"][0][-1][-1] == 0.5
    assert len(drawn["tokens"]) == len(drawn["attention"][0]) == 64
    assert drawn["tokens"][-1] == "t899"
    assert len(drawn["attention"]) == 8
    assert "64 of 101 places: the first 63 of the needle and the first 1 rows" in repr(view)
    assert "the first 8 of 9 heads" in repr(view)


def test_a_small_input_is_not_said_to_be_cropped(seen):
    views = [tokens.looked_at(seen), tokens.heads_at_step(seen), tokens.needle_square(seen)]
    assert "Shown are" not in repr(tokens.together(*views))
    assert 'rh-cropped">' not in tokens.together(*views).html()


def told(count=2):
    logprobs = torch.tensor([[-0.001, -0.5], [-2.0, -3.0]])[:, :1].expand(2, count)
    return AnswerLogprobs(
        changes=("as it is", "without <L0H1>"),
        told=("?", *[" Paris"] * count),
        logprobs=logprobs,
        ranks=torch.tensor([[0], [7]]).expand(2, count),
        guesses=(((" Paris", " Rome"),) * count, ((" Rome", " Paris"),) * count),
        guess_logprobs=torch.tensor([-0.1, -2.0]).expand(2, count, 2),
    )


def test_log_probabilities_are_drawn_once_for_each_change():
    (picture,) = tokens.logprobs(told()).pictures
    before, after = picture.drawings
    assert before.heading == "as it is: 0.00 a token"
    assert after.heading == "without <L0H1>: -2.00 a token"
    assert before.props["prompt"] == ["?", " Paris", " Paris"]
    assert before.props["correctTokenRank"] == [0, 0]
    assert after.props["correctTokenLogProb"] == [-2.0, -2.0]
    assert after.props["topKTokens"][0] == [" Rome", " Paris"]
    assert "without &lt;L0H1&gt;" in picture.figure()


def test_a_long_answer_is_cropped_and_says_so():
    view = tokens.logprobs(told(600))
    assert len(props(view)["correctTokenLogProb"]) == 512
    assert "the first 512 of 600 tokens" in repr(view)


def test_views_put_together_carry_the_bundle_once(seen):
    view = tokens.looked_at(seen)
    both = tokens.together(view, tokens.heads_at_step(seen))
    assert both.html().count("data-rh-circuitsvis") == 1
    assert len(both.html()) < 1.1 * len(view.html())
    assert both._repr_html_() == both.html()
    with pytest.raises(ValueError, match="no views"):
        tokens.together()


def test_no_token_ends_the_script_or_stands_in_the_page_as_html(seen):
    html = tokens.together(tokens.looked_at(seen), tokens.heads_at_step(seen)).html()
    assert "<b>Q?" not in html
    assert html.count("</script>") == 2


def test_a_saved_page_names_no_address(seen, tmp_path):
    tokens.looked_at(seen).save(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "default-src 'none'" in page
    assert not re.search(r"https?://", page)


@pytest.mark.parametrize(
    ("token", "seen"),
    [
        ("", "∅"),
        ("  ", "␣␣"),
        (" a", " a"),
        ("\n\n", "↵↵"),
        ("a\tb", "a\\tb"),
        ("\u202eab", "\\u202eab"),
        ("鸟", "鸟"),
        ("&lt;", "&lt;"),
    ],
)
def test_a_token_is_shown_as_it_is(token, seen):
    assert shown(token) == seen


def test_a_zero_has_no_minus():
    assert [decimals(x) for x in (-0.001, 0.0, -0.01)] == ["0.00", "0.00", "-0.01"]


def test_without_the_package_it_says_what_to_install(seen, monkeypatch):
    monkeypatch.setattr(bundle, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'rh_lens\[viz\]'"):
        tokens.looked_at(seen).html()


def test_a_bundle_that_reads_tokens_as_html_elsewhere_is_refused(seen, monkeypatch):
    monkeypatch.setattr(bundle, "PLACES", 3)
    with pytest.raises(ImportError, match="not known to show them as they are"):
        tokens.looked_at(seen).html()


def test_the_bundle_escapes_tokens_before_it_reads_them_as_html():
    script = bundle.bundle()
    assert script.count(bundle.AS_TEXT) == script.count(bundle.AS_HTML) == bundle.PLACES
    assert "sourceMappingURL" not in script
