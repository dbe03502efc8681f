"""Bytes that are nearly a file, and bytes that are meant to hurt."""

from hypothesis import strategies as st

NASTY = [
    b"",
    b"\0" * 4096,
    b"\xff\xfe\xfd",
    b"[" * 3_000,
    b'{"a":' * 3_000,
    b"[" * 3_000 + b"]" * 3_000,
    b"\xff\xff\xff\xff\xff\xff\xff\x7f{}",  # a header of 8 EiB, says safetensors
    b"\x08\0\0\0\0\0\0\0[[[[[[[[",
    b'{"0-0": [1' + b"0" * 5000 + b"]}",
    b'{"0-0": [1' + b"0" * 400 + b"]}",
    b'{"0-0": [1e999]}',
    b'{"0-0": 1e999}',
    b'{"99999999-99999999": [0.5]}',
    b'{"99999999-99999999": 0.5}',
    b'{"' + b"9" * 5000 + b'-0": [0.5]}',
    '{"٣-٣": [0.5]}'.encode(),
    b"- !!python/object/apply:os.system ['touch exploded']\n",
    b"- !!int ''\n- !!timestamp x\n- !!bool x\n- !!float x\n",
    b'- "\\UFFFFFFFF"\n',
    b"&a [*a]",
    b"a: &a [x, x, x, x, x, x, x, x]\n"
    + b"".join(
        b"%c: &%c [%s]\n" % (i + 1, i + 1, b", ".join([b"*%c" % i] * 8)) for i in range(97, 112)
    )
    + b"attn_head_set: *p\n",
    b"1e400\t1\n",
    b"9" * 5000 + b"\t1\n",
    b'{"fact": "\\ud800 is 7.", "question": "\\ud800?", "answer": "7"}',
    b'{"format": "rh_lens journal 1", "about": {}, "key": [], "result": 1}\n',
]


def damaged(valid):
    """A file cut short, with bytes exchanged, or with other bytes put in."""
    place = st.integers(0, len(valid) - 1)

    def exchanged(changes):
        found = bytearray(valid)
        for at, byte in changes:
            found[at] = byte
        return bytes(found)

    return st.one_of(
        place.map(lambda at: valid[:at]),
        st.lists(st.tuples(place, st.integers(0, 255)), min_size=1, max_size=3).map(exchanged),
        st.tuples(place, st.binary(max_size=40)).map(
            lambda put: valid[: put[0]] + put[1] + valid[put[0] :]
        ),
        st.binary(max_size=200),
    )
