from store.records.tail import PATIENCE_US, Tail


def test_it_goes_on_behind_the_highest_number_read() -> None:
    tail = Tail()

    tail.advance([1, 2, 3], now=0)

    assert (tail.last, tail.missing) == (3, [])


def test_a_number_that_was_skipped_is_asked_for_until_it_comes() -> None:
    tail = Tail()
    tail.advance([1, 2, 5], now=0)
    assert (tail.last, tail.missing) == (5, [3, 4])

    tail.advance([4, 6], now=1)

    assert (tail.last, tail.missing) == (6, [3])


def test_a_number_that_never_comes_is_given_up_after_a_minute() -> None:
    tail = Tail()
    tail.advance([1, 3], now=0)

    tail.advance([], now=PATIENCE_US - 1)
    assert tail.missing == [2]
    tail.advance([], now=PATIENCE_US)

    assert tail.missing == []


def test_what_was_forgotten_before_the_first_look_is_not_asked_for() -> None:
    tail = Tail()

    tail.advance([5000, 5001], now=0)

    assert (tail.last, tail.missing) == (5001, [])
