"""What a whole process takes."""

import os
import subprocess
import sys
import tempfile
import time


def measure(command, accept=(0,), environment=None):
    """Wall time (s), peak memory (MB) and last line of output of a whole process.

    Ends with what it said when its exit code is none of `accept`.
    """
    with tempfile.TemporaryFile("w+") as said:
        before = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=said, text=True,
            env=environment)
        out = process.stdout.read()
        # wait4 gives this child's own peak; getrusage would give the highest of all children.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - before
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in accept:
            said.seek(0)
            sys.exit(f"{' '.join(map(str, command))} failed:\n{said.read()}")
    peak = usage.ru_maxrss / (1000 if sys.platform == "linux" else 1e6)
    return wall, peak, out.strip().rpartition("\n")[2]
