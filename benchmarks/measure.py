"""What every measured process says of itself; text, since it is run by other Pythons too."""

MEASURE = """
import resource, sys
from pathlib import Path
def cpu():
    r = resource.getrusage(resource.RUSAGE_SELF); return r.ru_utime + r.ru_stime
def peak():
    # ru_maxrss survives exec and would show the parent's peak; VmHWM is this process's own
    for line in open("/proc/self/status") if Path("/proc/self/status").exists() else []:
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
"""
