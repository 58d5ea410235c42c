"""Child processes: none outlives its parent."""

import ctypes
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def end_with_parent(number: int = signal.SIGTERM) -> None:
    """Have the kernel send this process a signal when its parent dies, even by SIGKILL (Linux; prctl(2)).

    Only for processes that `gatepost up` started: a worker that a person starts may outlive its shell.
    """
    if os.environ.get("GATEPOST_SUPERVISOR") == str(os.getppid()):
        end_with_our_parent(number)


def end_with_our_parent(number: int = signal.SIGTERM) -> None:
    """The same for a process whose parent is certainly one of ours, such as the server's own worker process."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)


def on_termination(act: Callable[[], None]) -> None:
    """Have `act` called in a thread when this process is told to end, whoever handles the signal itself.

    The interpreter writes each signal that has a handler in Python to a file (signal.set_wakeup_fd), so a server's own
    handlers, which it may set later, stay as they are. To be called from the main thread.
    """
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    os.set_blocking(reading, True)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)

    def wait() -> None:
        while os.read(reading, 1)[0] not in (signal.SIGTERM, signal.SIGINT):
            pass
        act()

    threading.Thread(target=wait, name="termination", daemon=True).start()


def settle() -> None:
    """Call when a process has loaded what it needs: the garbage collector need not look at all that again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
