#!/usr/bin/env python3
"""Stands for systemd: what a service tells it, a line a datagram.

manager.py SOCKET LOG    until it is killed; LOG is opened when the socket is there
"""
import os
import socket
import sys

path, log = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(path)
with open(log, "a", encoding="utf-8") as out:
    while True:
        told = listener.recv(65536).decode("utf-8").rstrip("\n").replace("\n", " | ")
        print(told, file=out, flush=True)
