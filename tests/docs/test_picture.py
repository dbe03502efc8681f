"""The drawings of the first page show what they are given."""

from xml.etree import ElementTree

import picture

SVG = "{http://www.w3.org/2000/svg}"


def test_the_map_is_as_dark_as_the_scores_and_marks_the_heads_that_are_named():
    drawn = ElementTree.fromstring(picture.heads([[0.0, 0.25], [1.0, float("nan")]], ["L1H0"]))
    cells = [g for g in drawn.iter(f"{SVG}g") if g.get("class", "").startswith("cell")]
    shades = [float(cell.find(f"{SVG}rect[@class='some']").get("fill-opacity")) for cell in cells]
    assert shades[:3] == [0, 0.25, 1]
    assert [cell.get("class") for cell in cells] == ["cell", "cell", "cell strong", "cell"]
    assert cells[3].find(f"{SVG}title").text == "L1H1: not measured"


def test_each_word_of_the_answer_is_joined_to_the_same_word_of_the_needle():
    drawn = ElementTree.fromstring(picture.copying())
    middle = {}
    for group in drawn.iter(f"{SVG}g"):
        kind = group.get("class")
        if kind in ("token needle answer", "token said"):
            box, text = group.find(f"{SVG}rect"), group.find(f"{SVG}text")
            centre = float(box.get("x")) + float(box.get("width")) / 2
            middle.setdefault(text.text, {})[kind] = centre
    paths = [path for path in drawn.iter(f"{SVG}path") if path.get("class") == "look"]
    looks = [path.get("d").replace(",", " ") for path in paths]
    ends = sorted((float(look[1:].split()[0]), float(look.split()[-2])) for look in looks)
    assert len(ends) == len(middle) == 4
    for (start, stop), places in zip(ends, middle.values(), strict=True):
        assert abs(start - places["token said"]) < 0.2
        assert abs(stop - places["token needle answer"]) < 0.2
