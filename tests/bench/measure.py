#!/usr/bin/env python3
"""Runs a command and appends what it took to a table: label, seconds, CPU seconds, peak memory in kB, exit status.

    measure.py TABLE LABEL COMMAND [ARG...]

CPU and memory are those of the command and of all it waited for; memory is that of the largest process among them. They
come from wait4 on that one process: RUSAGE_CHILDREN would also count what a python3 that is a wrapper script ran before
this, since it survives exec.
"""
import os
import subprocess
import sys
import time

table, label, command = sys.argv[1], sys.argv[2], sys.argv[3:]
began = time.monotonic()
process = subprocess.Popen(command)
_, ended, used = os.wait4(process.pid, 0)
wall = time.monotonic() - began
status = process.returncode = os.waitstatus_to_exitcode(ended)
with open(table, "a", encoding="utf-8") as out:
    out.write(f"{label}\t{wall:.3f}\t{used.ru_utime + used.ru_stime:.3f}\t{used.ru_maxrss}\t{status}\n")
sys.exit(0 if status == 0 else 1)
