"""`gatepost guarantee` on an installation: what is promised, which rate a figure is, and known spam."""

from pathlib import Path

from commands import command, shown

from store.records.sites import Site
from store.settings import Settings
from store.stores import Stores
from worker import lanes


def test_the_lanes_say_what_is_promised_and_which_rate_it_is(stores: Stores, site: Site, settings: Settings) -> None:
    run = command(settings)
    assert "Nothing is promised" in run("guarantee", "show", "--site", site.id).output
    lanes.advance_site(stores, site.id)

    lines = run("guarantee", "show", "--site", site.id).output.splitlines()
    told = shown(run("guarantee", "show", "--site", site.id, "--json"))["lanes"]

    assert [("PROVISIONAL" in line, "nothing is promised" in line, "no audits yet" in line) for line in lines] == [
        (True, True, True)
    ] * 2
    assert [(lane["proven"], lane["metric"], lane["live_metric"]) for lane in told] == [
        (False, "FOR", "FOR"),
        (False, "FPR", "FDR"),
    ]
    assert shown(run("guarantee", "replay", "--json"))["sites"][0]["equal"] is True


def test_known_spam_is_switched_on_and_given_by_a_file(site: Site, settings: Settings, tmp_path: Path) -> None:
    run, file = command(settings), tmp_path / "spam.txt"
    file.write_text("Cheap watches\nat watches.example\n\n\nBuy now\n", encoding="utf-8")

    assert "0% of blind items" in run("guarantee", "seeds", "--site", site.id).output
    told = shown(run("guarantee", "seeds", "--site", site.id, "--rate", "0.05", "--texts", str(file), "--json"))
    kept = shown(run("guarantee", "seeds", "--site", site.id, "--json"))

    assert (told["rate"], told["given"], told["decided"], told["applied"]) == (0.05, 2, 0, 0.0)
    assert kept == told
    assert run("guarantee", "seeds", "--site", site.id, "--rate", "0.9").exit_code == 2
    assert run("guarantee", "seeds", "--site", "site_none").exit_code == 1
