#!/usr/bin/env python3
"""The converter of by_hand.sh: lists of JSON rows to YAML, a file a document, and a file a list of an integration.

    to_yaml.py RAW FOLDER
"""
import json
import sys
from pathlib import Path

import yaml

DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # libyaml's is much the faster


def rows_of(path):
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as out:
        yaml.dump(content, out, Dumper=DUMPER, allow_unicode=True, sort_keys=True)


raw, folder = Path(sys.argv[1]), Path(sys.argv[2])
for listed in raw.glob("*.ndjson"):
    for row in rows_of(listed):
        write(folder / listed.stem / f"{row['_id']}.yaml", row)
for listed in raw.glob("*/*.ndjson"):
    rows = rows_of(listed)
    if rows:
        write(folder / "of" / listed.parent.name / f"{listed.stem}.yaml", rows)
