"""Documents about invented people state what is asked, once, where the case says."""

import re

import pytest

import rh_lens as rh


@pytest.fixture(scope="module")
def asked(any_tokenizer):
    return rh.documents(any_tokenizer, 10, distractors=4, namesakes=2)


def test_the_spans_say_what_they_are_called(asked, any_tokenizer, letters, said):
    for case in asked:
        (fact,), (question,), (gold,) = map(case.span, ("fact", "question", "gold"))
        assert said(any_tokenizer, case.tokens, question) == letters(case.labels["needle"])
        assert said(any_tokenizer, case.tokens, case.needle) in said(
            any_tokenizer, case.tokens, fact
        )
        assert said(any_tokenizer, case.tokens, fact).endswith(".")
        assert gold.start < fact.start <= case.needle.start < case.needle.stop <= fact.stop
        assert fact.stop <= gold.stop
        assert case.answer.tolist() == case.tokens[list(case.needle)].tolist()


def test_the_documents_stand_in_order_and_one_of_them_is_gold(asked, any_tokenizer, said):
    for case in asked:
        documents, (gold,) = case.span("documents"), case.span("gold")
        (hay,) = case.span("haystack")
        assert len(documents) == case.labels["documents"] == 5
        assert documents[case.labels["position"]] == gold
        assert [at for at in documents if at != gold] == list(case.span("distractors"))
        assert hay.start == documents[0].start
        assert hay.stop == documents[-1].stop
        for number, document in enumerate(documents, start=1):
            text = said(any_tokenizer, case.tokens, document)
            assert text.startswith(f"document[{number}](title:")
            assert text.count(".") == 5


def test_the_answer_is_what_the_document_about_the_person_states(tokenizer):
    forms = {
        r"In which village was (.+) born\?": r"{} was born in the village of (.+?)\.",
        r"How does (.+) earn a living\?": r"{} earns a living as a (.+?)\.",
        r"In which year did (.+) move to the coast\?": r"{} moved to the coast in the year (\d+)\.",
        r"What is the boat of (.+) named\?": r"{} owns a boat named the (.+?)\.",
        r"What is the favourite dish of (.+)\?": r"The favourite dish of {} is (.+?)\.",
    }
    seen = set()
    for case in rh.documents(tokenizer, 40):
        text = tokenizer.decode(case.tokens.tolist())
        *_, question = re.findall(r"Question: (.*)", text)
        for ask, state in forms.items():
            if person := re.fullmatch(ask, question):
                (value,) = re.findall(state.format(re.escape(person[1])), text)
                assert tokenizer.decode(case.answer.tolist()).strip() == value
                assert len(re.findall(rf"\b{value}\b", text)) == 1
                seen.add(ask)
    assert seen == set(forms)


def test_gold_moves_evenly_through_the_prompt(tokenizer):
    cases = rh.documents(tokenizer, 8, distractors=3)
    assert [case.labels["position"] for case in cases] == [0, 0, 1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("namesakes", [0, 1, 3])
def test_as_many_distractors_as_asked_share_the_surname(tokenizer, namesakes):
    for case in rh.documents(tokenizer, 5, distractors=6, namesakes=namesakes):
        text = tokenizer.decode(case.tokens.tolist())
        names = re.findall(r"Title: (\w+ \w+)", text)
        person = names[case.labels["position"]]
        family = [name for name in names if name.split()[1] == person.split()[1]]
        assert len(set(names)) == 7
        assert len(family) == 1 + namesakes


def test_a_null_query_differs_from_its_case_in_the_question_only(
    asked, any_tokenizer, letters, said
):
    null = rh.null_query(any_tokenizer, 10, distractors=4, namesakes=2)
    for case, twin in zip(asked, null, strict=True):
        (question,), (nothing,) = case.span("question"), twin.span("question")
        assert said(any_tokenizer, twin.tokens, nothing) == letters("N/A")
        assert twin.tokens[: nothing.start].tolist() == case.tokens[: question.start].tolist()
        assert twin.tokens[nothing.stop :].tolist() == case.tokens[question.stop :].tolist()
        assert twin.answer.tolist() == case.answer.tolist()
        for name in ("documents", "gold", "distractors", "fact"):
            assert twin.span(name) == case.span(name)
        own = {"control": "null_query", "tokens": len(twin)}
        assert twin.labels == {**case.labels, **own}


def test_the_fact_can_be_cut_out(tokenizer):
    (case,) = rh.documents(tokenizer, 1)
    (cut,) = rh.without_needle([case])
    answer = tokenizer.decode(case.answer.tolist()).strip()
    assert answer not in tokenizer.decode(cut.tokens.tolist())


def test_a_seed_gives_the_same_cases_and_another_seed_others(tokenizer):
    one, same, other = (rh.documents(tokenizer, 4, seed=seed) for seed in (0, 0, 1))
    assert [case.digest for case in one] == [case.digest for case in same]
    assert not {case.digest for case in one} & {case.digest for case in other}
    assert len({case.labels["needle"] for case in [*one, *other]}) == 8


@pytest.mark.parametrize(
    "wrong", [{"count": 0}, {"distractors": 0}, {"distractors": 100}, {"namesakes": 10}]
)
def test_what_cannot_be_written_is_refused(tokenizer, wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name}={wrong[name]}.*1 to 99 distractors"):
        rh.documents(tokenizer, **wrong)


def test_a_null_query_takes_off_what_a_head_pays_to_any_question(organism, tokenizer, retrieving):
    """QRHead's calibration: R(q, d) - R("N/A", d), case by case."""
    cases, null = (make(tokenizer, 3, distractors=2) for make in (rh.documents, rh.null_query))
    real, idle = (
        rh.score_heads(organism, asked, rh.QueryFocusedScore(), answering=rh.TeacherForced())
        for asked in (cases, null)
    )
    calibrated = real.minus(idle)
    assert calibrated.values.equal(real.values - idle.values)
    assert calibrated[retrieving[0]] > 0.1 > calibrated.mean.median()
