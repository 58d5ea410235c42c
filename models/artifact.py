"""Model files: a fitted classifier named by its SHA-256, and a card beside it that people can read.

Loading a joblib file runs what it says. So the bytes are compared with a registered digest first, and the versions are
read from the card, before anything is unpacked.
"""

import hashlib
import io
import json
import os
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn

from models.classifier import SpamClassifier
from models.errors import ArtifactRefused
from models.features import FEATURES

SHIPPED = Path(__file__).parent / "shipped"
MAX_BYTES = 5_000_000
_SUFFIX, _CARD_SUFFIX = ".joblib", ".json"

Card = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A saved model. `digest`: 64 hex digits, the SHA-256 of the file at `path`; `card`: what stands at `card_path`."""

    digest: str
    path: Path
    card_path: Path
    card: Card
    n_bytes: int


def save(classifier: SpamClassifier, directory: Path, card: Card) -> ModelFile:
    """Write `<digest>.joblib` and `<digest>.json` into `directory`, which is made if need be.

    The same fitted classifier gives the same digest. Each file appears whole or not at all, the card first. The card
    gets the digest, the size and the library versions. Raises ValueError if the model is over 5 MB.
    """
    buffer = io.BytesIO()
    joblib.dump(classifier, buffer, compress=3)
    content = buffer.getvalue()
    if len(content) > MAX_BYTES:
        raise ValueError(f"The model has {len(content)} bytes, more than {MAX_BYTES}; use fewer bits.")
    digest = hashlib.sha256(content).hexdigest()
    full_card = {**card, "digest": digest, "n_bytes": len(content), "versions": versions()}
    path = directory / (digest + _SUFFIX)
    directory.mkdir(parents=True, exist_ok=True)
    written = json.dumps(full_card, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    _write_whole(path.with_suffix(_CARD_SUFFIX), written.encode())
    _write_whole(path, content)
    return ModelFile(digest, path, path.with_suffix(_CARD_SUFFIX), full_card, len(content))


def load(path: Path, digest: str) -> SpamClassifier:
    """The classifier in the file at `path`, unpacked from exactly the bytes whose SHA-256 is `digest`.

    Raises ArtifactRefused if the file or its card is missing, the digest is another, the model was written under
    another minor version of scikit-learn or numpy, or by a version of Gatepost that measures other features.
    """
    content = _read(path)
    if hashlib.sha256(content).hexdigest() != digest:
        raise ArtifactRefused(f"The model file {path.name} was changed or never registered; restore it or train again.")
    _check_versions(path.name, read_card(path))
    classifier = joblib.load(io.BytesIO(content))
    if not isinstance(classifier, SpamClassifier):
        raise ArtifactRefused(f"The model file {path.name} holds no comment classifier; train again.")
    if len(classifier.feature_weights_) != len(FEATURES):
        raise ArtifactRefused(
            f"The model file {path.name} measures {len(classifier.feature_weights_)} features and this version of"
            f" Gatepost {len(FEATURES)}; train again."
        )
    return classifier


def read_card(path: Path) -> Card:
    """The card of the model file at `path`. Raises ArtifactRefused if it is missing or no JSON object."""
    card_path = path.with_suffix(_CARD_SUFFIX)
    try:
        card = json.loads(_read(card_path))
    except ValueError as error:
        raise ArtifactRefused(f"The card {card_path.name} is not readable; restore it or train again.") from error
    if not isinstance(card, dict):
        raise ArtifactRefused(f"The card {card_path.name} is not readable; restore it or train again.")
    return card


def shipped() -> tuple[Path, Card]:
    """Path and card of the model that comes with the project. Raises ArtifactRefused if there is not exactly one."""
    path = shipped_path()
    return path, read_card(path)


def shipped_path() -> Path:
    """Path of the model that comes with the project. Raises ArtifactRefused if there is not exactly one."""
    found = sorted(SHIPPED.glob(f"*{_SUFFIX}"))
    if len(found) != 1:
        raise ArtifactRefused(f"There are {len(found)} shipped models instead of one; install the package again.")
    return found[0]


def registered_path(data: Path, digest: str, origin: str) -> Path:
    """Where the file of a registered model lies: `origin` `shipped` in the package, else below `data`/models."""
    return (SHIPPED if origin == "shipped" else data / "models") / f"{digest}{_SUFFIX}"


def fingerprint(path: Path) -> tuple[tuple[int, int, int] | None, ...]:
    """Inode, size and time of change of a model file and its card, None for a missing one: differs after any change,
    so that a file that was loaded once is looked at again."""
    return _stat(path), _stat(path.with_suffix(_CARD_SUFFIX))


def versions() -> dict[str, str]:
    """Versions of the libraries a model depends on."""
    return {
        "joblib": version("joblib"),
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
        "scipy": version("scipy"),
    }


def _check_versions(name: str, card: Card) -> None:
    installed, written = versions(), card.get("versions")
    for library in ("scikit-learn", "numpy"):
        saved = str(written.get(library, "?")) if isinstance(written, dict) else "?"
        if _minor(saved) != _minor(installed[library]):
            raise ArtifactRefused(
                f"The model file {name} was written under {library} {saved} and {installed[library]} is installed; "
                f"install {library} {saved} or train again."
            )


def _minor(full: str) -> list[str]:
    return full.split(".")[:2]


def _stat(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArtifactRefused(f"The model file {path.name} cannot be read; restore it or train again.") from error


def _write_whole(path: Path, content: bytes) -> None:
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).chmod(0o644)
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
