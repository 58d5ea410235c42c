"""Child processes: none outlives its parent."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent(number: int = signal.SIGTERM) -> None:
    """Have the kernel send this process a signal when its parent dies, even by SIGKILL (Linux; prctl(2)).

    Only for processes that `gatepost up` started: a worker that a person starts may outlive its shell.
    """
    if sys.platform == "linux" and os.environ.get("GATEPOST_SUPERVISOR") == str(os.getppid()):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
