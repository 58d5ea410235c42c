"""Learn from what people decided, try the candidate, and say what became of it."""

from dataclasses import asdict
from typing import Any

from store.records.model_versions import scope_name
from store.stores import Stores
from training import promotion
from training.compare import Comparison
from training.fit import Step
from training.gates import Gate
from training.promotion import Trial
from training.runs import Material, Order, learn, register, save


def retrain(
    stores: Stores, order: Order, material: Material, *, promote: bool, actor: str, step: Step
) -> tuple[Trial, bool]:
    """Train, register, and try the candidate on labels that it has not seen; whether it was promoted.

    Raises DataRefused where there are too few labels.
    """
    saved = save(learn(material, order, step), stores.settings.data / "models")
    version = register(stores, saved, order.site_id)
    trial = promotion.trial(stores, version.id)
    promoted = promote and version.status != "active" and trial.proven_better
    if promoted:
        promotion.promote(stores, version.id, actor=actor, reason=why(trial))
    return trial, promoted


def outcome(trial: Trial, promoted: bool) -> str:
    """What became of a candidate, in one sentence."""
    name = trial.candidate.id
    if promoted:
        return f"{name} is active for {scope_name(trial.candidate.site_id)}; workers load it within 5 seconds."
    if trial.candidate.status == "active":
        return f"{name} is active already: there is nothing new to learn."
    if trial.proven_better:
        return f"{name} is a candidate and proven better; `gatepost promote {name}` makes it active."
    return f"{name} stays a candidate: {trial.refusal or 'it is not proven better than the active model.'}"


def shown(trial: Trial) -> dict[str, Any]:
    """A trial as JSON values."""
    return {
        "model": trial.candidate.id,
        "site": trial.candidate.site_id,
        "against": trial.against,
        "gates": [asdict(gate) for gate in trial.gates],
        "sources": [shown_comparison(one) for one in trial.comparisons],
    }


def shown_comparison(one: Comparison) -> dict[str, Any]:
    """A comparison as JSON values; a figure that does not exist is NaN, which JSON has as null."""
    figures = {
        d.figure.name: {"first": d.first, "second": d.second, "difference": [d.low, d.high]} for d in one.differences
    }
    return {"source": one.source, "n": one.n, "n_spam": one.n_spam, **figures}


def why(trial: Trial) -> str:
    """The figures on which a candidate was promoted, for the history."""
    return "; ".join(told(gate) for gate in trial.gates)


def told(gate: Gate) -> str:
    """A gate with its figures."""
    return f"{gate.name}: {gate.sentence}"
