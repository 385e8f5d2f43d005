"""Reading untrusted JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import reading
from channels.errors import BadPayload

TEXTS = st.text() | st.text(alphabet=st.sampled_from("\x00\ud800\udc00\\u0d8{[ é😀"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(-1e300, 1e300) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_f16_f17_every_string_can_be_stored_and_the_rest_is_as_it_was(value):
    """The short way for harmless bodies gives what the long way gives."""
    read = reading.load_object(json.dumps(value).encode())
    assert read == reading._clean(value, 0)
    stored = json.dumps(read, ensure_ascii=False).encode()
    assert "\\u0000" not in json.dumps(read).replace("\\\\", "")
    assert json.loads(stored) == read


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"[]",
        b'"x"',
        b"null",
        b"1",
        b"{",
        b'{"a":NaN}',
        b'{"a":1e999}',
        b'{"a":-Infinity}',
        b'{"a":"\x00"}',
        b'{"a":"\xff"}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":' + b"[" * 65 + b"]" * 65 + b"}",
        b'{"a":' * 66 + b"1" + b"}" * 66,
        b"[" * 100_000,
        b'{"a":' * 3000,
        '{"a":1}'.encode("utf-16"),
    ],
)
def test_f12_f13_f14_f15_what_cannot_be_kept_is_one_clear_error(body):
    with pytest.raises(BadPayload):
        reading.load_object(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b'{"a":-0,"b":[{"c":1.5}]}', {"a": 0, "b": [{"c": 1.5}]}),
        (b'{"a":"x\\u0000y","\\u0000k":1}', {"a": "xy", "k": 1}),
        (b'{"a":"\\ud800"}', {"a": "\ufffd"}),
        (b'{"a":"\\uD83D\\uDE00 \\u00e9"}', {"a": "😀 é"}),
        (b'{"a":"\\\\u0000"}', {"a": "\\u0000"}),
        (b'{"a":"' + b"[" * 70 + b'"}', {"a": "[" * 70}),
    ],
)
def test_what_can_be_kept_is_read(body, value):
    assert reading.load_object(body) == value
