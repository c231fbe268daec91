#!/usr/bin/env python3
"""Checks that PyYAML, a YAML 1.1 reader, reads the mirror's YAML as what it was written from.

    pyyaml_agrees.py DIR            every N.json with its N.yaml in DIR
    pyyaml_agrees.py A.json A.yaml ...

Write the pairs with PAIRS_DIR=DIR build/tests/test_yaml. Strings, keys and types must be the same
exactly, numbers by value.
"""
import json
import math
import pathlib
import sys

import yaml


def same(want, got):
    if isinstance(want, (int, float)) and not isinstance(want, bool):
        return (isinstance(got, (int, float)) and not isinstance(got, bool)
                and (want == got or math.isclose(want, got, rel_tol=1e-15)))
    if type(want) is not type(got):
        return False
    if isinstance(want, list):
        return len(want) == len(got) and all(map(same, want, got))
    if isinstance(want, dict):
        return want.keys() == got.keys() and all(same(want[k], got[k]) for k in want)
    return want == got


def pairs(arguments):
    if len(arguments) == 1:
        names = sorted(pathlib.Path(arguments[0]).glob("*.json"))
        return [(name, str(name).removesuffix(".json").removesuffix(".in")) for name in names]
    return [(a, b.removesuffix(".yaml")) for a, b in zip(arguments[::2], arguments[1::2])]


def main():
    wrong, checked = 0, 0
    for json_name, stem in pairs(sys.argv[1:]):
        yaml_name = stem + ".yaml"
        if not pathlib.Path(yaml_name).exists():
            yaml_name = stem + ".out.yaml"
        with open(json_name, encoding="utf-8") as file:
            want = json.load(file)
        with open(yaml_name, "rb") as file:
            try:
                got = yaml.safe_load(file)
            except yaml.YAMLError as error:
                got = error
        checked += 1
        if not same(want, got):
            wrong += 1
            print(f"{yaml_name}: {got!r}\n    is not {want!r}")
    print(f"{checked} documents read by PyYAML {yaml.__version__}, {wrong} differ")
    return 1 if wrong or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
