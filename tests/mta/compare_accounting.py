#!/usr/bin/env python3
"""compare_accounting.py MXWARD CONFIG ORACLE LOG...: each log's figures by `mxward traffic --dry-run` and by
the reference implementation, which prints a Python dictionary a domain.  Status 1 and the differences when
they are not the same."""
import ast
import json
import subprocess
import sys

KEYS = {"in_msgs": "in_msgs", "in_bytes": "in_bytes", "out_transactions": "out_tx", "out_bytes": "out_bytes",
        "backscatter_msgs": "backscatter_msgs", "backscatter_bytes": "backscatter_bytes",
        "relay_denied": "relay_denied"}


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()


def main(mxward, config, oracle, *logs):
    status = 0
    for log in logs:
        want, got = {}, {}
        for line in run(sys.executable, oracle, log):
            if not line.startswith("#"):
                name, figures = line.split("{", 1)
                figures = ast.literal_eval("{" + figures)
                want[name.strip()] = {ours: figures.get(theirs, 0) for ours, theirs in KEYS.items()}
        for line in run(mxward, "-c", config, "traffic", "--dry-run", "--format", "jsonl", log):
            figures = json.loads(line)
            got[figures.pop("name")] = figures
        for name in sorted(set(want) | set(got)):
            if want.get(name) != got.get(name):
                print(log, name, "is", got.get(name), "should be", want.get(name))
                status = 1
    return status


sys.exit(main(*sys.argv[1:]))
