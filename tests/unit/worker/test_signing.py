import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from store.records.webhooks import new_secret
from worker import signing


@given(st.binary(max_size=2000))
def test_a_signature_is_verified_by_the_judge_and_equals_its_own(body: bytes) -> None:
    secret, now = new_secret(), int(time.time())
    text = f'"{body.hex()}"'

    headers = signing.headers([secret], "evt_1", now, text.encode())

    Webhook(secret).verify(text, headers)
    assert headers["webhook-signature"] == Webhook(secret).sign("evt_1", datetime.fromtimestamp(now, UTC), text)


def test_while_two_secrets_live_either_verifies() -> None:
    old, new = new_secret(), new_secret()

    headers = signing.headers([new, old], "evt_1", int(time.time()), b"{}")

    for secret in (old, new):
        Webhook(secret).verify("{}", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify("{}", headers)


def test_not_one_changed_bit_is_accepted() -> None:
    secret, body = new_secret(), b'{"id":"evt_1","type":"comment.approved"}'
    headers = signing.headers([secret], "evt_1", int(time.time()), body)

    for bit in range(8 * len(body)):
        changed = bytearray(body)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(bytes(changed).decode("latin-1"), headers)


def test_a_secret_has_the_form_of_the_standard() -> None:
    secret = new_secret()

    assert secret.startswith("whsec_")
    assert len(secret) == 50  # 32 bytes in base64
    assert signing.of_site("ab" * 32).startswith("whsec_")
    assert signing.of_site("ab" * 32) != signing.of_site("cd" * 32)
