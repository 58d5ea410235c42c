"""Child processes: none outlives its parent."""

import ctypes
import gc
import os
import signal
import sys

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


def settle() -> None:
    """Call when a process has loaded what it needs: the garbage collector need not look at all that again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
