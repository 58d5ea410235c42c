"""Every command that is listed can be loaded, and its help reads without an error."""

import pytest
from click.testing import CliRunner

from cli.main import COMMANDS, gatepost


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_listed_command_has_a_help_page(name: str) -> None:
    answer = CliRunner().invoke(gatepost, [name, "--help"])

    assert answer.exit_code == 0
    assert "Usage: " in answer.output


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_group_says_of_each_command_its_whole_first_sentence(name: str) -> None:
    listed = CliRunner().invoke(gatepost, [name, "--help"]).output.partition("Commands:")[2]

    assert "..." not in listed


def test_an_unknown_command_is_wrong_usage() -> None:
    answer = CliRunner().invoke(gatepost, ["moderate"])

    assert answer.exit_code == 2
