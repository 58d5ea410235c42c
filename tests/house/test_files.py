"""Sizes and names of files."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("models", "store", "worker", "training", "service", "cli")
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def test_the_packages_are_found() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} == set(PACKAGES)


def test_no_module_has_more_than_400_lines() -> None:
    lines = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}

    assert {path: count for path, count in lines.items() if count > 400} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    every = [*MODULES, *(ROOT / "tests").rglob("*.py")]

    assert [str(path) for path in every if FORBIDDEN & set(path.stem.split("_"))] == []
    assert [str(path) for path in every if FORBIDDEN & set(path.relative_to(ROOT).parts[:-1])] == []


@pytest.mark.parametrize("path", [p for p in MODULES if p.name == "__init__.py"], ids=lambda p: p.parent.name)
def test_every_init_is_empty(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == ""


def test_every_package_says_that_it_is_one() -> None:
    folders = {path.parent for path in MODULES if path.parent.name != "versions"}

    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_every_module_begins_with_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if path.name != "__init__.py" and not path.read_text(encoding="utf-8").startswith('"""')
    ]

    assert [path for path in silent if "versions" not in path] == []


def test_every_decision_has_a_number_of_its_own_and_begins_with_it() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    headings = [path.read_text(encoding="utf-8").partition(".")[0] for path in decisions]

    assert headings == [f"# {number}" for number in range(1, len(decisions) + 1)]
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))


def test_links_in_the_documents_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "benchmarks" / "README.md"]
    links = [
        (page, target)
        for page in pages
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    ]

    assert [(page.name, target) for page, target in links if not (page.parent / target).exists()] == []
