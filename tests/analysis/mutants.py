#!/usr/bin/env python3
"""mutants.py [N]: mutants of the verdict and the time rules: does a test fail when one operator is another?

Each mutant changes one operator, constant or condition of one line of the files below, is compiled with the tests of
src/relay, and is killed when one of these fails, hangs or does not compile.  N of them (200) are drawn with a fixed
seed; 0 takes all.  Prints those that survive, and ends with 1 when less than 90 % were killed.
"""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

FILES = ["src/relay/verdict.c", "src/relay/verdict_combine.c", "src/relay/mx_set.c", "src/relay/timeline.c",
         "src/relay/tally.c", "src/relay/breaker.c", "src/relay/target.c", "src/relay/site.c"]
TESTS = ["relay/check_verdict", "relay/check_verdict_more", "relay/check_timeline", "relay/check_breaker",
         "relay/check_verdict_names"]
# Operators with what they become.  Only whole ones: `<` is none within `<<` or `<=`, nor `-` within `->` or `--`.
SWAPS = [(r"(?<![<=>!])==(?!=)", "!="), (r"!=", "=="), (r"(?<![<-])<=", "<"), (r"(?<![>-])>=", ">"),
         (r"(?<=\s)<(?=\s)", "<="), (r"(?<=\s)>(?=\s)", ">="), (r"&&", "||"), (r"\|\|", "&&"),
         (r"(?<=\s)\+(?=\s)", "-"), (r"(?<=\s)-(?=\s)", "+"), (r"!(?=[a-z(])", ""), (r"\breturn 1;", "return 0;"),
         (r"\breturn 0;", "return 1;"), (r"\+\+", "--"), (r"\|= ", "&= ~"), (r"(?<=\s)&(?=\s)", "|")]
LEAST = 90


def mutants_of(path):
    out = []
    in_comment = False
    for number, line in enumerate(open(path).read().split("\n")):
        text = line.strip()
        was = in_comment
        in_comment = (in_comment or "/*" in text) and "*/" not in text.split("/*")[-1]
        if was or text.startswith(("#", "/*", "*", "//", "static const", "case")) or not text:
            continue
        code = line.split("/*")[0]
        for pattern, other in SWAPS:
            for m in re.finditer(pattern, code):
                if code[:m.start()].count('"') % 2:
                    continue
                out.append((path, number, line, line[:m.start()] + other + line[m.end():]))
    return out


def run(argv, cwd, timeout):
    try:
        return subprocess.run(argv, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=timeout,
                              env=dict(os.environ, SOURCE=cwd, CK_DEFAULT_TIMEOUT="20")).returncode
    except subprocess.TimeoutExpired:
        return -1


def is_killed(tree):
    programs = ["build/tests/" + t for t in TESTS]
    if run(["make", "-s", "CFLAGS=-O0", "HARDEN=", "LINK_HARDEN="] + programs, tree, 300) != 0:
        return True
    return any(run([os.path.join(tree, p)], tree, 120) != 0 for p in programs)


def main():
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    everything = [m for f in FILES for m in mutants_of(f)]
    chosen = everything
    if 0 < wanted < len(everything):
        chosen = random.Random(1).sample(everything, wanted)
    tree = tempfile.mkdtemp(prefix="mxward-mutants.")
    survivors = []
    try:
        for part in ("src", "db", "ui", "tests", "share", "Makefile"):
            (shutil.copytree if os.path.isdir(part) else shutil.copy)(part, os.path.join(tree, part))
        if is_killed(tree):
            raise SystemExit("mutants.py: the tests fail without a mutant")
        for path, number, old, new in chosen:
            full = os.path.join(tree, path)
            with open(full) as f:
                text = f.read()
            lines = text.split("\n")
            assert lines[number] == old
            lines[number] = new
            with open(full, "w") as f:
                f.write("\n".join(lines))
            if not is_killed(tree):
                survivors.append((path, number + 1, old.strip(), new.strip()))
                print("survives %s:%d\n    %s\n    %s" % survivors[-1], flush=True)
            with open(full, "w") as f:
                f.write(text)
    finally:
        shutil.rmtree(tree, ignore_errors=True)
    killed = len(chosen) - len(survivors)
    print("%d of %d mutants were drawn, %d %% killed" % (len(chosen), len(everything), 100 * killed // max(1, len(chosen))))
    is_good = 100 * killed >= LEAST * len(chosen)
    print("%d passed, %d failed" % (is_good, not is_good))
    return not is_good


if __name__ == "__main__":
    sys.exit(main())
