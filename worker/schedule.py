"""When a delivery is tried again: ten attempts over 75 hours, as Standard Webhooks 1.0 advises, with jitter."""

MINUTE, HOUR = 60, 3600
# Seconds before the second attempt, the third, and so on; together 75 h 35 min 5 s.
PAUSES_SECONDS = (
    5,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
MAX_ATTEMPTS = len(PAUSES_SECONDS) + 1
JITTER = 0.1
MAX_ASKED_SECONDS = 24 * HOUR


def pause_us(attempt: int, randomness: float, asked_seconds: float = 0.0) -> int | None:
    """Microseconds from a failed attempt to the next one; None where it was the last.

    `attempt`: from 1; `randomness`: in [0, 1), lengthens the pause by up to a tenth, so that what failed together
    does not come again together; `asked_seconds`: what the receiver asked for by Retry-After, of which a day counts.
    """
    if attempt >= MAX_ATTEMPTS:
        return None
    seconds = PAUSES_SECONDS[attempt - 1] * (1 + JITTER * randomness)
    return int(max(seconds, min(asked_seconds, MAX_ASKED_SECONDS)) * 1e6)
