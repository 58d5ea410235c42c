import pytest

from service.api.views import cursor, read_cursor
from service.problems import Problem

NUMBER_AND_ID = ((int, float), str)


@pytest.mark.parametrize(
    ("parts", "kinds"),
    [
        (("cmt_1",), (str,)),
        ((-0.30000000000000004, "rev_1"), NUMBER_AND_ID),
        ((1_800_000_000_000_000, "rev_1"), NUMBER_AND_ID),
        (("ü/+?&",), (str,)),
    ],
)
def test_a_cursor_gives_back_what_went_in(parts: tuple[object, ...], kinds: tuple[object, ...]) -> None:
    text = cursor(*parts)

    assert read_cursor(text, kinds) == parts
    assert text.isascii()
    assert not set(text) & set("+/=?&# ")


def test_no_cursor_is_the_beginning() -> None:
    assert read_cursor(None, (str,)) is None


@pytest.mark.parametrize(
    "text",
    ["", "A", "AAAA", "====", "é", "WzFd", "WyJhIiwiYiJd", "e30", "bnVsbA", "IngI", "!!!!", "WyJhIl0x", "\0"],
)
def test_anything_else_is_refused_as_the_field_cursor(text: str) -> None:
    with pytest.raises(Problem) as refused:
        read_cursor(text, (str,))

    assert refused.value.status == 422
    assert refused.value.fields is not None
    assert [(field.pointer, field.code) for field in refused.value.fields] == [("/cursor", "bad_value")]


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(Problem):
        read_cursor(cursor("cmt_1"), NUMBER_AND_ID)


@pytest.mark.parametrize("first", [True, None, "1", [1], 2**64 - 1], ids=repr)
def test_a_cursor_with_another_kind_of_value_is_refused(first: object) -> None:
    """Truth is a number to Python but not to PostgreSQL; beyond 64 bits is a number to neither database."""
    with pytest.raises(Problem):
        read_cursor(cursor(first, "rev_1"), NUMBER_AND_ID)


def test_a_cursor_with_a_character_that_no_database_text_holds_is_refused() -> None:
    with pytest.raises(Problem):
        read_cursor(cursor("cmt_\0"), (str,))
