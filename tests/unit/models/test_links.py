import pytest

from models.links import has_phone, link_domains, links_and_emails


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("see https://www.shop.example/x and http://a.example.org?q=1", ["shop.example", "a.example.org"]),
        ("come to cheap-pills.com now", ["cheap-pills.com"]),
        ("cheap[.]com, cheap (dot) net, cheap dot org", ["cheap.com", "cheap.net", "cheap.org"]),
        ("youtu.be/abc", ["youtu.be"]),
        ("well.it was nice.so good.to see", []),
        ("version 1.2.3 ... and e.g. this", []),
        ("no link, not even a dot here", []),
    ],
)
def test_links_are_found_by_their_domain(text: str, domains: list[str]) -> None:
    assert link_domains(text) == domains


def test_links_and_addresses_are_found_in_many_texts_as_in_each() -> None:
    texts = ["see a.com, b.com", "", "me@mail.example or a[.]com", "thanks @friend.", "well.it was", "x", "www.b.org"]
    links, with_email = links_and_emails(texts)
    assert links == {0: ["a.com", "b.com"], 2: ["a.com"], 6: ["b.org"]}
    assert links == {number: found for number, text in enumerate(texts) if (found := link_domains(text))}
    assert with_email == [2]


def test_phone_numbers_are_told_from_years() -> None:
    assert has_phone("call +49 (170) 123-4567")
    assert not has_phone("in 2014 and 2015, 1,884 times")
