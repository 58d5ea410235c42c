import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from models.vocabulary import Comment
from training.dataset import LICENCES, OWN_DATA, DataRefused, Licence, Source, capped, groups, read


def write(directory: Path, name: str, *lines: object) -> Path:
    path = directory / f"{name}.jsonl.gz"
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_bytes(gzip.compress(text.encode()))
    return path


def row(text: str, label: str | None = "ham", author: str | None = None) -> dict[str, str | None]:
    return {"text": text, "label": label, "author": author}


def source(n_spam: int, n_ham: int) -> Source:
    comments = tuple(Comment(f"text {number}") for number in range(n_spam + n_ham))
    return Source("mine", OWN_DATA, "0" * 64, comments, np.arange(n_spam + n_ham) < n_spam)


def test_each_file_is_a_source_with_the_digest_of_its_bytes(tmp_path: Path) -> None:
    path = write(tmp_path, "shop", row("buy", "spam"), row("nice"))
    (shop,) = read(tmp_path)
    assert (shop.name, [comment.body for comment in shop.comments], shop.is_spam.tolist()) == (
        "shop",
        ["buy", "nice"],
        [True, False],
    )
    assert shop.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_rows_without_label_and_files_without_any_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "some", row("buy", "spam"), row("unknown", None))
    write(tmp_path, "stream", row("unknown", None))
    assert [(one.name, len(one.comments)) for one in read(tmp_path)] == [("some", 1)]


def test_line_separators_inside_a_text_do_not_end_its_line(tmp_path: Path) -> None:
    write(tmp_path, "some", json.dumps(row("one\u2028two\x85three"), ensure_ascii=False))
    assert read(tmp_path)[0].comments[0].body == "one\u2028two\x85three"


def test_display_names_are_kept_and_pseudonyms_are_not(tmp_path: Path) -> None:
    write(tmp_path, "some", row("a", author="Best Shop"), row("b", author="u_0123456789"))
    assert [comment.author_name for comment in read(tmp_path)[0].comments] == ["Best Shop", None]


def test_listed_files_have_their_licence_and_others_are_the_operators_own(tmp_path: Path) -> None:
    for name in ("yt-psy", "blog-a", "my-labels"):
        write(tmp_path, name, row("a"))
    licences = {one.name: one.licence for one in read(tmp_path)}
    assert licences == {"yt-psy": LICENCES["yt-psy"], "blog-a": LICENCES["blog-a"], "my-labels": OWN_DATA}


def test_a_shipped_model_learns_only_under_open_licences() -> None:
    assert {licence.name for licence in LICENCES.values() if licence.learn} == {"CC BY 4.0", "MIT"}
    assert not any(licence.learn for licence in LICENCES.values() if licence.name not in {"CC BY 4.0", "MIT"})
    assert isinstance(LICENCES["zh-chat"], Licence)


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match=r"no directory .*nowhere"):
        read(tmp_path / "nowhere")


def test_a_directory_without_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="No labelled line"):
        read(tmp_path)


@pytest.mark.parametrize(
    "bad", ["{", "[]", "7", '{"label": "ham"}', '{"text": 1, "label": "ham"}', '{"text": "a", "label": "eggs"}']
)
def test_a_bad_line_is_named_by_file_and_number(tmp_path: Path, bad: str) -> None:
    write(tmp_path, "some", row("a"), "", bad)
    with pytest.raises(DataRefused, match=r"some\.jsonl\.gz, line 3"):
        read(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [b"no gzip", gzip.compress(b"{}" * 500, mtime=0)[:-9], gzip.compress(b"\xff\xfe", mtime=0)],
    ids=["no gzip", "cut off", "not UTF-8"],
)
def test_a_damaged_file_is_named(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "some.jsonl.gz").write_bytes(damage)
    with pytest.raises(DataRefused, match=r"some\.jsonl\.gz cannot be unpacked"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("n_spam", "n_ham", "kept_spam"), [(80, 80, 20), (5, 100, 5), (100, 5, 35), (0, 100, 0), (10, 10, 10)]
)
def test_a_large_source_is_cut_evenly_by_class(n_spam: int, n_ham: int, kept_spam: int) -> None:
    kept = capped(source(n_spam, n_ham), seed=1, max_rows=40)
    assert len(kept.comments) == min(40, n_spam + n_ham)
    assert int(kept.is_spam.sum()) == kept_spam


def test_the_seed_decides_which_rows_stay() -> None:
    one, same, other = (capped(source(80, 80), seed, max_rows=40).comments for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_copies_in_another_spelling_share_a_group() -> None:
    numbers = groups([Comment("Free COINS!!"), Comment("something else"), Comment("𝐟𝐫𝐞𝐞 coins"), Comment("free coin")])
    assert numbers.tolist() == [0, 1, 0, 2]
