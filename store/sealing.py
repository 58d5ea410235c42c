"""Secrets that must be read again, kept so that the database alone does not give them: sealed with the secret key."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.errors import ConfigurationError


def seal(secret_key: str, purpose: str, secret: bytes) -> str:
    """The secret, encrypted and signed. `purpose` keeps what is sealed for one thing from being taken for another."""
    return _fernet(secret_key, purpose).encrypt(secret).decode()


def unseal(secret_key: str, purpose: str, sealed: str) -> bytes:
    """What was sealed. Raises ConfigurationError where that was done with another secret key."""
    try:
        return _fernet(secret_key, purpose).decrypt(sealed)
    except InvalidToken:
        raise ConfigurationError(
            "GATEPOST_SECRET_KEY is not the one with which a secret in the database was sealed; set that one again."
        ) from None


def webhook_secret(secret_key: str, purpose: str) -> str:
    """A secret that signs messages, as Standard Webhooks writes it; it follows from the key and is kept nowhere."""
    return "whsec_" + base64.b64encode(_derived(secret_key, purpose)).decode()


def _fernet(secret_key: str, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derived(secret_key, purpose)))


def _derived(secret_key: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"gatepost {purpose}".encode()).derive(secret_key.encode())
