import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from models.artifact import load
from training.__main__ import main

PRAISE = ("I love this {}", "what a lovely {}", "that {} again, so good", "her {} is the best", "miss the old {}")
OFFERS = ("free {} at winbig.com", "buy a cheap {} now", "check out my {} channel", "earn money with my {}", "{} bonus")
THINGS = ("song", "voice", "dance", "video", "beat", "chorus", "band", "dress")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    directory = tmp_path / "data"
    directory.mkdir()
    for name in ("first", "second"):
        rows = [
            json.dumps({"text": f"{line.format(thing)} {name}", "label": label})
            for label, lines in (("ham", PRAISE), ("spam", OFFERS))
            for line in lines
            for thing in THINGS
        ]
        (directory / f"{name}.jsonl.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    return directory


def test_training_saves_a_loadable_model_with_a_card_which_evaluating_prints_and_leaves_alone(
    data: Path, tmp_path: Path
) -> None:
    """Both in one, since training takes longest."""
    out = tmp_path / "out"
    result = CliRunner().invoke(main, ["train", "--data", str(data), "--out", str(out), "--seed", "3"])
    assert result.exit_code == 0, result.output
    (path,) = out.glob("*.joblib")
    card = json.loads(path.with_suffix(".json").read_text())
    assert load(path, path.stem).predict(["free coins at winbig.com"]).tolist() == [True]
    assert card["recipe"]["seed"] == 3
    assert card["figures"][0]["source"] == "first"
    assert str(tmp_path) not in json.dumps(card)
    assert all(word in result.output for word in ("first", "second", "by fold", "by source"))

    before = sorted(tmp_path.rglob("*"))
    result = CliRunner().invoke(main, ["evaluate", "--data", str(data), "--model", str(path)])
    assert result.exit_code == 0, result.output
    assert "second" in result.output
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_a_missing_directory_ends_in_one_sentence_and_exit_code_one(command: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, [command, "--data", str(tmp_path / "nowhere")])
    assert result.exit_code == 1
    assert "There is no directory" in result.stderr
    assert "Traceback" not in result.output


def test_a_missing_model_ends_in_one_sentence_and_exit_code_one(data: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["evaluate", "--data", str(data), "--model", str(tmp_path / "none.joblib")])
    assert result.exit_code == 1
    assert "cannot be read" in result.stderr


@pytest.mark.parametrize("wrong", [["train"], ["train", "--data", "x", "--seed", "-1"], ["tain"]])
def test_wrong_usage_ends_with_exit_code_two(wrong: list[str]) -> None:
    assert CliRunner().invoke(main, wrong).exit_code == 2
