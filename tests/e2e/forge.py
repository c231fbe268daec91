#!/usr/bin/env python3
"""Forges a timeline: the middle one of its commits is said to have changed nothing, and all sums are made right: forge.py FILE

It must be a commit that brought no path the timeline had not met, or what comes behind it would lead elsewhere; the nearest one
to the middle is taken."""
import sys
import zlib

HEAD = b"iokeeper timeline 1\n"


def number(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def records(data):
    at = len(HEAD)
    while at < len(data):
        length, at = number(data, at)
        yield data[at:at + length]
        at += length + 4


def brings_no_path(content):
    count, at = number(content, 20)
    for _ in range(count):
        path, at = number(content, at)
        if not path:
            return False
        mode, at = number(content, at)
        at += 20 if mode else 0
    return count > 0


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def main():
    with open(sys.argv[1], "rb") as file:
        contents = list(records(file.read()))
    middle = len(contents) // 2
    at = min((n for n, content in enumerate(contents) if brings_no_path(content)), key=lambda n: abs(n - middle))
    contents[at] = contents[at][:20] + b"\0"
    out, total = bytearray(HEAD), 0
    for content in contents:
        record = varint(len(content)) + content
        total = zlib.crc32(record, total)
        out += record + total.to_bytes(4, "little")
    with open(sys.argv[1], "wb") as file:
        file.write(out)
    print(contents[at][:20].hex())


main()
