"""What must happen by time: deliver what is due; every 5 s reconcile, see to requests of privacy, tend known spam and
give the lanes what is new; every hour forget what is over; and send digests.

Several clocks may run.
"""

import logging
import random
import signal
import threading
import time

from models.errors import DatabaseUnavailable
from store.settings import Settings
from store.stores import open_stores
from worker.deliver import Deliverer
from worker.lanes import advance_lanes
from worker.notify import keep_notifying
from worker.privacy import carry_out
from worker.reconcile import reconcile
from worker.retain import retain
from worker.seeds import tend_seeds

RECONCILE_SECONDS = 5.0
RETAIN_SECONDS = 3600.0

log = logging.getLogger(__name__)


def run_clock(settings: Settings) -> None:
    """Tick until SIGTERM or Ctrl-C."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    stores = open_stores(settings)
    delivering = threading.Thread(target=Deliverer(stores).run, args=(stopped,), name="deliver")
    delivering.start()
    notifying = threading.Thread(target=keep_notifying, args=(stores, stopped), name="notify")
    notifying.start()
    retained_at, rng = 0.0, random.SystemRandom()
    while not stopped.is_set():
        try:
            reconcile(stores)
            carry_out(stores)
            tend_seeds(stores, rng)
            advance_lanes(stores)
            if time.monotonic() - retained_at > RETAIN_SECONDS or not retained_at:
                retain(stores)
                retained_at = time.monotonic()
        except DatabaseUnavailable as error:
            log.warning("%s", error)
        stopped.wait(RECONCILE_SECONDS)
    delivering.join()
    notifying.join()
    stores.close()
