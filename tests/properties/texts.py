"""Needles in the scripts of the world, drawn by hypothesis."""

from hypothesis import strategies as st

import rh_lens as rh

SCRIPTS = [
    "مفتاح الصندوق", "המפתח בכד", "鍵は壺の中です", "图书馆的钥匙", "열쇠는 항아리", "กุญแจอยู่ในไห",
    "चाबी घड़े में है", "ключ лежит", "κλειδί", "Schlüssel ß", "e\u0301 a\u030a o\u0308", "ﬁ ½ Å",
    "👩‍🚀 🏔️", "🇪🇪👍🏽", "a\u200bb\u200dc", "\u202eabc\u202c", "x\u00a0y", "\ufeffz", "₿ 𝔘 𐍈",
    "7-KELP-31", "…—»", "glass bridge", "March 1911",
]  # fmt: skip

texts = st.one_of(
    st.sampled_from(SCRIPTS),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12),
).filter(str.strip)


@st.composite
def needles(draw):
    """Facts in which the answer stands between words, or inside of one."""
    gap = draw(st.sampled_from(["", " ", ": "]))
    before, answer, after = draw(texts), draw(texts), draw(texts)
    return rh.Needle(f"{before}{gap}{answer}{gap}{after}.", f"{draw(texts)}?", answer)
