from service.console.context import changes


def test_what_is_new_and_what_is_gone_are_told_apart_and_stay_text() -> None:
    shown = changes("Nice <b>post</b> about roses", "Nice <b>post</b> about <i>seeds\u200b</i> now")

    assert "<del>roses</del>" in shown
    assert "&lt;i&gt;seeds" in shown
    assert "<b>" not in shown
    assert "U+200B" in shown


def test_unchanged_text_has_no_marks() -> None:
    assert changes("the same\nwords", "the same\nwords") == "the same\nwords"
