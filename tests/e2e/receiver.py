#!/usr/bin/env python3
"""A receiver of webhooks and heartbeats: writes down what comes, and answers as it is told.

receiver.py PORT LOG ANSWER    ANSWER is a file: a status, or "hang"; a Location may follow the status

Each line of LOG is {"method", "path", "headers", "body"}.
"""
import http.server
import json
import sys
import time

port, log, answer = int(sys.argv[1]), sys.argv[2], sys.argv[3]


class Receiver(http.server.BaseHTTPRequestHandler):
    def take(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8")
        with open(log, "a", encoding="utf-8") as out:
            print(json.dumps({"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body}),
                  file=out, flush=True)
        with open(answer, encoding="utf-8") as told:
            words = told.read().split()
        if words[0] == "hang":
            time.sleep(60)
            return
        self.send_response(int(words[0]))
        if len(words) > 1:
            self.send_header("Location", words[1])
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = take

    def log_message(self, *arguments):
        pass


http.server.ThreadingHTTPServer.allow_reuse_address = True
http.server.ThreadingHTTPServer(("127.0.0.1", port), Receiver).serve_forever()
