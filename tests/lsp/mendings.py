#!/usr/bin/env python3
"""Every mending of every program of tests/errors: done as an editor does it, the error that it belongs to is gone. mendings.py DUN; the
last line is `N passed, M failed`."""
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from client import Client, applied  # noqa: E402

ERRORS = pathlib.Path(__file__).resolve().parents[1] / "errors"
# Codes whose program has a mending: what stands here must have one, so that none is lost unseen.
AT_LEAST = set("""E0005 E0006 E0007 E0008 E0011 E0013 E0017 E0019 E0026 E0027 E0030 E0102 E0108 E0112 E0113 E0117
E0118 E0119 E0123 E0201 E0304 E0305 E0309 E0321 W0021 W0029""".split())


def programs():
    for path in sorted(ERRORS.iterdir()):
        code = path.name.split(".")[0]
        if path.suffix == ".dun":
            yield code, {"policy.dun": path.read_bytes()}
        elif path.suffix == ".py" and code[0] in "EW" and code[1:].isdigit():
            made = subprocess.run([sys.executable, path], stdout=subprocess.PIPE, check=True).stdout
            if b"\n== " not in b"\n" + made[:200]:
                yield code, {"policy.dun": made}
        elif path.is_dir() and code[0] in "EW":
            yield code, {str(p.relative_to(path)): p.read_bytes() for p in path.rglob("*") if p.is_file()}


def key(text, diagnostic):
    """An error is known by its code and the words it stands at."""
    return diagnostic.get("code"), diagnostic["message"].split("\n")[0]


def main():
    passed, failed, mended = 0, [], set()
    with tempfile.TemporaryDirectory() as folder:
        client = Client(sys.argv[1], folder)
        for code, files in programs():
            home = pathlib.Path(folder) / code
            for name, data in files.items():
                (home / name).parent.mkdir(parents=True, exist_ok=True)
                (home / name).write_bytes(data)
            try:
                text = files["policy.dun"].decode()
            except UnicodeDecodeError:
                continue  # an editor sends no such text
            uri, version = (home / "policy.dun").as_uri(), 1
            client.open(uri, text, version)
            found = client.diagnostics(uri, version)
            end = {"line": text.count("\n") + 1, "character": 0}
            asked = {"textDocument": {"uri": uri}, "range": {"start": {"line": 0, "character": 0}, "end": end},
                     "context": {"diagnostics": found, "only": ["quickfix"]}}
            for action in client.ask("textDocument/codeAction", asked):
                [(where, edits)] = action["edit"]["changes"].items()
                of = {d["code"] for d in action["diagnostics"]}
                version += 1
                client.change(uri, applied(text, edits), version)
                after = client.diagnostics(uri, version)
                count = lambda list_: sum(d.get("code") in of for d in list_)  # noqa: E731
                fine = where == uri and count(after) < count(found)
                passed += fine
                mended |= of
                if not fine:
                    failed.append(f"{code}: {action['title']}: {[key(text, d) for d in after]}\n{applied(text, edits)}")
                version += 1
                client.change(uri, text, version)
                client.diagnostics(uri, version)
            client.close(uri)
        if client.end() != 0:
            failed.append("the server did not end well")
    failed += [f"{code}: its program has no mending any more" for code in sorted(AT_LEAST - mended)]
    print("\n".join(failed))
    print("mended:", " ".join(sorted(mended)))
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
