import pytest

from models.edits import MOST_LINKS, Moved, moved
from models.text import fold

APPROVED = "What a lovely song, see my.example/1"


def after(body: str, approved: str = APPROVED) -> Moved:
    return moved(fold(body), approved)


@pytest.mark.parametrize("body", [APPROVED, "what a LOVELY song: see my.example/1", "What a lovely song", "", "!!"])
def test_what_stays_or_goes_is_not_new(body: str) -> None:
    assert after(body) == Moved(0.0, 0)


@pytest.mark.parametrize(
    ("body", "moved_by"),
    [
        ("What a lovely casino", Moved(0.25, 0)),
        ("song song song song", Moved(0.75, 0)),
        ("Free coins", Moved(1.0, 0)),
        ("好看的歌", Moved(1.0, 0)),
    ],
)
def test_each_word_counts_that_the_approved_text_did_not_have_as_often(body: str, moved_by: Moved) -> None:
    assert after(body) == moved_by


@pytest.mark.parametrize(
    ("more", "n_links"),
    [(" win.example.com", 1), (" and win dot com", 1), (" my.example.com/2", 1), (" win.com win.com/2 b.net", 3)],
)
def test_each_address_is_a_new_link_that_was_not_there(more: str, n_links: int) -> None:
    assert after(APPROVED + more).new_links == n_links


def test_another_page_of_a_site_that_was_linked_is_a_new_link() -> None:
    assert after("see bit.ly/evil", "see bit.ly/good").new_links == 1
    assert after("good: see https://bit.ly/good", "see https://bit.ly/good").new_links == 0


def test_new_links_are_counted_to_twenty() -> None:
    assert after(" ".join(f"win{n}.com" for n in range(99))).new_links == MOST_LINKS


def test_japanese_counts_letter_by_letter() -> None:
    assert after("この動画は最高", "この動画は最低") == Moved(0.143, 0)
