"""The pages of the console."""

from flask import Flask

from service.auth import Authenticator
from service.review import Review
from store.stores import Stores


def register(app: Flask, stores: Stores, review: Review, authenticator: Authenticator) -> None:
    """Add the console's routes."""
