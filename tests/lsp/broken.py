#!/usr/bin/env python3
"""What no client should send: the server answers with an error, or not at all, and serves on. broken.py DUN; the last line is `N passed,
M failed`."""
import json
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from checks import counted, fine  # noqa: E402
from client import Client  # noqa: E402


def framed(body):
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def serves(client, uri):
    answer = client.ask("textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 1}})
    return isinstance(answer, dict) and "contents" in answer


def messages(client, uri):
    cases = {
        "no JSON": (framed(b"{nonsense"), -32700),
        "no message": (framed(b"[1, 2]"), -32600),
        "a number": (framed(b"7"), -32600),
        "nothing": (framed(b""), -32700),
        "no length": (b"Content-Type: x\r\n\r\n", -32700),
        "a length that is no number": (b"Content-Length: many\r\n\r\n", -32700),
        "deep": (framed(b"[" * 5000 + b"]" * 5000), -32700),
        "not UTF-8": (framed(b'{"jsonrpc":"2.0","id":"x","method":"\xff\xfe"}'), None),
    }
    for name, (data, code) in cases.items():
        client.raw(data)
        answer = client.next()
        fine(name, "error" in answer and (code is None or answer["error"]["code"] == code), answer)
        fine(f"serves on after {name}", serves(client, uri))


def parameters(client, uri):
    """Requests whose parameters are not what they should be: each is answered."""
    for method in ("hover", "completion", "definition", "references", "documentSymbol", "formatting", "rename", "prepareRename",
                   "codeAction", "codeLens", "foldingRange", "semanticTokens/full"):
        for params in (None, [], 7, {"textDocument": {"uri": 3}}, {"textDocument": {"uri": "file:///none.dun"}},
                       {"textDocument": {"uri": uri}, "position": {"line": -5, "character": 1e30}},
                       {"textDocument": {"uri": uri}, "position": {"line": 10**9, "character": 10**9}, "newName": 7}):
            answer = client.answer(client.start("textDocument/" + method, params))
            fine(f"{method} {params}", "result" in answer or "error" in answer, answer)


def changes(client, uri, text):
    """Edits at random, also past the ends and in the middle of pairs: the server's text stays the client's."""
    lines = random.Random(7)
    version = 1
    for _ in range(60):
        version += 1
        edits = []
        for _ in range(lines.randrange(1, 4)):
            start = {"line": lines.randrange(0, 9), "character": lines.randrange(0, 60)}
            end = {"line": start["line"] + lines.randrange(0, 2), "character": start["character"] + lines.randrange(0, 9)}
            edits.append({"range": {"start": start, "end": end}, "text": lines.choice(["é", "😀", "\n", "", "at 5d ", '"', "{", "("])})
        client.note("textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": edits})
        answer = client.answer(client.start("textDocument/completion", {"textDocument": {"uri": uri}, "position": edits[-1]["range"]["start"]}))
        fine("completion while typing", "result" in answer, answer)
    client.change(uri, text, version + 1)
    fine("the text is whole again", client.diagnostics(uri, version + 1) == [])


def life(dun, folder):
    """Before initialize and after shutdown; an exit without a shutdown is an error."""
    process = subprocess.Popen([dun, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
    requests = [{"jsonrpc": "2.0", "id": 1, "method": "textDocument/hover", "params": {}},
                {"jsonrpc": "2.0", "id": 2, "method": "initialize", "params": {"capabilities": {}}},
                {"jsonrpc": "2.0", "id": 3, "method": "shutdown"},
                {"jsonrpc": "2.0", "id": 4, "method": "textDocument/hover", "params": {}}]
    out, _ = process.communicate(b"".join(framed(json.dumps(r).encode()) for r in requests) + framed(b'{"jsonrpc":"2.0","method":"exit"}'))
    bodies = [json.loads(part.split(b"\r\n\r\n", 1)[1]) for part in out.split(b"Content-Length: ")[1:]]
    fine("one answer each", [b["id"] for b in bodies] == [1, 2, 3, 4], bodies)
    fine("before initialize", bodies[0]["error"]["code"] == -32002, bodies[0])
    fine("after shutdown", bodies[3]["error"]["code"] == -32600, bodies[3])
    fine("status after a shutdown", process.returncode == 0, process.returncode)
    process = subprocess.Popen([dun, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
    process.communicate(framed(b'{"jsonrpc":"2.0","method":"exit"}'))
    fine("status without one", process.returncode == 1, process.returncode)


def main():
    dun = sys.argv[1]
    text = 'ladder standard for invoices\n  at 5d  log "é {number} 😀"\n'
    with tempfile.TemporaryDirectory() as folder:
        uri = (pathlib.Path(folder) / "p.dun").as_uri()
        client = Client(dun, folder)
        client.open(uri, text)
        fine("no errors", client.diagnostics(uri, 1) == [])
        messages(client, uri)
        parameters(client, uri)
        changes(client, uri, text)
        fine("status", client.end() == 0)
        utf8 = Client(dun, folder, capabilities={"general": {"positionEncodings": ["utf-8", "utf-16"]}})
        fine("columns in bytes", utf8.offers["capabilities"]["positionEncoding"] == "utf-8", utf8.offers)
        utf8.open(uri, text.replace("number", "numbr"))
        [found] = utf8.diagnostics(uri, 1)
        fine("their place", found["range"]["start"] == {"line": 1, "character": 18}, found)
        utf8.end()
        life(dun, folder)
    return counted()


if __name__ == "__main__":
    sys.exit(main())
