"""What the training worker runs: everything that the database has queued, one run after another."""

import logging

import orjson

from store.records import training_runs
from store.records.model_versions import scope_name
from store.records.training_runs import TrainingRun
from store.stores import Stores
from training import promotion
from training.queued import Ended, ended, taken_in_turn
from training.retraining import outcome, retrain, shown, why
from training.runs import Order, gather
from training.wiring import opened

log = logging.getLogger(__name__)


def carry_out() -> None:
    """Carry out all that is queued. Again is harmless: what was done is not queued any more."""
    with opened() as stores:
        carry_out_queued(stores)


def carry_out_queued(stores: Stores) -> int:
    """Carry out all that is queued; how many runs that were."""
    n_runs = 0
    for run in taken_in_turn(stores, training_runs.claim):
        n_runs += 1
        _carry_out(stores, run)
    return n_runs


def _carry_out(stores: Stores, run: TrainingRun) -> None:
    work = {"train": _train, "promote": _promote, "rollback": _roll_back}[run.kind]
    state, told, result, model_id = ended(f"Training run {run.id}", lambda: work(stores, run))
    with stores.database.write() as connection:
        training_runs.end(connection, run.id, state, told=told, outcome=result, model_id=model_id)
    log.info("Training run %s is %s", run.id, state)


def _train(stores: Stores, run: TrainingRun) -> Ended:
    order = Order(from_labels=True, site_id=run.site_id, seed=run.seed)
    trial, promoted = retrain(
        stores, order, gather(stores, order), promote=bool(run.promote), actor=run.actor, step=lambda _: None
    )
    result = orjson.dumps({"promoted": promoted, "better": trial.proven_better, **shown(trial)}).decode()
    return Ended("done", outcome(trial, promoted), result, trial.candidate.id)


def _promote(stores: Stores, run: TrainingRun) -> Ended:
    trial = promotion.trial(stores, run.model_id or "")
    result = orjson.dumps({"promoted": trial.refusal is None, **shown(trial)}).decode()
    if trial.refusal is not None:
        return Ended("refused", trial.refusal, result)
    promotion.promote(stores, trial.candidate.id, actor=run.actor, reason=run.reason or why(trial))
    return Ended("done", f"{trial.candidate.id} is active for {scope_name(trial.candidate.site_id)}.", result)


def _roll_back(stores: Stores, run: TrainingRun) -> Ended:
    version = promotion.roll_back(stores, run.site_id, actor=run.actor, reason=run.reason)
    back = "the one for all sites" if version is None else version.id
    result = orjson.dumps({"model": None if version is None else version.id}).decode()
    return Ended("done", f"{scope_name(run.site_id).capitalize()} went back to {back}.", result)
