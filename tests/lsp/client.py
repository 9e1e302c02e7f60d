"""A client of `dun lsp` for tests: requests and notifications over pipes, what came meanwhile kept in `notes`."""
import json
import queue
import subprocess
import threading


class Client:
    def __init__(self, dun, cwd=".", *options, capabilities=None):
        self.process = subprocess.Popen([dun, "lsp", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=cwd)
        self.asked, self.notes, self.came = 0, [], queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.offers = self.ask("initialize", {"capabilities": capabilities or {}})
        self.note("initialized", {})

    def _read(self):
        stream = self.process.stdout
        while True:
            length = None
            while True:
                line = stream.readline()
                if not line:
                    self.came.put(None)
                    return
                if not line.strip():
                    break
                name, value = line.split(b":", 1)
                if name.lower() == b"content-length":
                    length = int(value)
            self.came.put(json.loads(stream.read(length)))

    def raw(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message):
        body = json.dumps(message, ensure_ascii=False).encode()
        self.raw(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def note(self, method, params):
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def next(self, timeout=60):
        message = self.came.get(timeout=timeout)
        if message is None:
            raise EOFError("the server ended")
        return message

    def answer(self, wanted, timeout=60):
        """The whole answer to a request of ours, an error too."""
        while True:
            message = self.next(timeout)
            if message.get("id") == wanted and "method" not in message:
                return message
            self.notes.append(message)

    def start(self, method, params):
        self.asked += 1
        self.send({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params})
        return self.asked

    def ask(self, method, params):
        answer = self.answer(self.start(method, params))
        return answer["result"] if "result" in answer else answer["error"]

    def diagnostics(self, uri, version=None):
        """The next that are published for a document (of a version)."""
        while True:
            for i, message in enumerate(self.notes):
                params = message.get("params", {})
                if message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == uri:
                    del self.notes[i]
                    if version is None or params.get("version") == version:
                        return params["diagnostics"]
                    break
            else:
                self.notes.append(self.next())

    def open(self, uri, text, version=1):
        self.note("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "dun", "version": version, "text": text}})

    def change(self, uri, text, version):
        self.note("textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]})

    def close(self, uri):
        self.note("textDocument/didClose", {"textDocument": {"uri": uri}})

    def end(self):
        self.ask("shutdown", None)
        self.note("exit", None)
        return self.process.wait(timeout=60)


def offset(text, place):
    """Where a place of UTF-16 units is in a text of Python."""
    lines = text.split("\n")
    before = sum(len(line) + 1 for line in lines[: place["line"]])
    units, i = 0, 0
    line = lines[place["line"]] if place["line"] < len(lines) else ""
    while i < len(line) and units < place["character"]:
        units += 2 if ord(line[i]) > 0xFFFF else 1
        i += 1
    return before + i


def applied(text, edits):
    """The text with edits of the protocol done, as they are meant: all against the same text."""
    for edit in sorted(edits, key=lambda e: offset(text, e["range"]["start"]), reverse=True):
        start, end = offset(text, edit["range"]["start"]), offset(text, edit["range"]["end"])
        text = text[:start] + edit["newText"] + text[end:]
    return text
