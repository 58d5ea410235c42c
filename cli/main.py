"""The `gatepost` command.

Each command's module is loaded only when it is called: `gatepost api` must stay free of scikit-learn.
"""

import os
import sys
from importlib import import_module

import click

from models.errors import GatepostError

# command → (module, attribute, what the list of commands says)
COMMANDS = {
    "up": ("cli.serve", "up", "Run everything on this machine."),
    "api": ("cli.serve", "api", "Run one API process."),
    "worker": ("cli.work", "worker", "Run one worker."),
    "clock": ("cli.work", "clock", "Run what must happen by time."),
    "organisation": ("cli.accounts", "organisation", "Add and list organisations, which own sites."),
    "site": ("cli.accounts", "site", "Add, list and change sites."),
    "key": ("cli.accounts", "key", "Add, list and revoke the keys of a site."),
    "reviewer": ("cli.people", "reviewer", "Add reviewers, give them roles, let them in or out."),
    "rule": ("cli.rules", "rule", "Add, list, preview and remove the rules of a site."),
    "list": ("cli.lists", "lists", "Block, hold or allow authors, addresses, domains and words."),
    "webhook": ("cli.webhooks", "webhook", "Add, list and rotate the webhooks of a site."),
    "train": ("training.__main__", "train_command", "Train a model from labelled comments."),
    "evaluate": ("training.__main__", "evaluate_command", "Evaluate a model, source by source."),
    "compare": ("training.registry_commands", "compare_command", "Compare two models side by side."),
    "models": ("training.listing", "models_command", "List the registered models."),
    "replay": (
        "training.replay_command",
        "replay_command",
        "Judge a site's history by policy and model as they are now.",
    ),
    "promote": ("training.registry_commands", "promote_command", "Make a model active, if it is proven not worse."),
    "rollback": ("training.registry_commands", "rollback_command", "Return to the model that was active before."),
    "retrain": ("training.registry_commands", "retrain_command", "Learn from what people decided since."),
    "guarantee": ("cli.guarantee", "guarantee", "See how the error targets are kept, and prove it from the log."),
    "import": ("cli.transfer", "import_command", "Bring in the comments of another system, or an export."),
    "export": ("cli.transfer", "export_command", "Write every comment of a site as JSONL."),
    "db": ("cli.operate", "db", "Care for the database."),
    "rebuild-redis": ("cli.operate", "rebuild_redis", "Rebuild Redis from the database at once."),
    "check": ("cli.operate", "check", "Examine this installation; exit 1 with a list of what is wrong."),
}


class LazyCommands(click.Group):
    """A group that knows its commands by name and loads them when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gatepost")
def gatepost() -> None:
    """Gatepost moderates comments: publish, hold for a person, or reject.

    `gatepost up` runs everything on one machine. All commands work on the data directory in GATEPOST_DATA
    (default ./var) or on the database in DATABASE_URL.
    """


def main() -> None:
    """Run the command line: exit 0 done, 1 failed with one sentence, 2 wrong usage."""
    os.umask(0o077)  # What it writes holds personal data and secrets.
    try:
        gatepost.main(prog_name="gatepost", standalone_mode=True)
    except GatepostError as error:
        click.echo(f"gatepost: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
