"""Invented: names of people and things for facts that no model has read."""

FIRST_NAMES = (
    "Alva", "Berit", "Cosmo", "Delia", "Edda", "Fabian", "Greta", "Hamish", "Ilse", "Jonas",
    "Katya", "Linus", "Mirela", "Nestor", "Odile", "Pascal", "Quentin", "Ruben", "Saskia", "Tobias",
    "Una", "Viggo", "Wanda", "Yorick",
)  # fmt: skip
SURNAMES = (
    "Abelard", "Brannock", "Corvane", "Dunmore", "Elstob", "Farrowby", "Gorham", "Hallam",
    "Ironside", "Jessop", "Kestrel", "Lomax", "Marlowe", "Nightingale", "Okafor", "Pemberton",
    "Quill", "Rosendahl", "Sable", "Thackery", "Underhill", "Vasquez", "Wexley", "Yarrow",
)  # fmt: skip
ADJECTIVES = (
    "amber", "bitter", "crimson", "dusty", "early", "frozen", "golden", "hollow", "idle", "jolly",
    "lonely", "muddy", "narrow", "pale", "quiet", "rusty", "silver", "tangled", "velvet", "wooden",
)  # fmt: skip
NOUNS = (
    "anchor", "barrel", "candle", "drum", "engine", "feather", "garden", "hammer", "island",
    "jacket", "kettle", "lantern", "mirror", "needle", "orchard", "pillow", "ribbon", "saddle",
    "teapot", "window",
)  # fmt: skip
