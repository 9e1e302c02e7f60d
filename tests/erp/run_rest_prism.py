#!/usr/bin/env python3
"""`connect erp rest` with the shipped mapping of Xero against Xero's own description: Prism checks every request and answers
with the description's examples; its login is a token server of ours. Skipped where the description (DUN_APIS) or Prism is
absent. run_rest_prism.py DUN; the last line is `N passed, M failed`."""
import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from checks import check, counted  # noqa: E402

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PRISM = HERE.parent / "support" / "prism.sh"
APIS = Path(os.environ.get("DUN_APIS", ROOT.parent / "shared" / "apis"))
DUN = str(Path(sys.argv[1]).resolve())
TENANT = "b7fcc6c0-9ab9-4e55-9d5b-9b0a9b0a9b0a"


class Login(BaseHTTPRequestHandler):
    """Xero's identity server: client credentials, id and secret as Basic."""

    def do_POST(self):
        body = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        proof = base64.b64decode(self.headers.get("Authorization", "Basic ").split(" ")[1]).decode()
        fine = (self.path == "/connect/token" and proof == "client-1:se cret" and body.get("grant_type") == ["client_credentials"]
                and body.get("scope") == ["accounting.transactions accounting.contacts.read"])
        self.server.logins.append(fine)
        answer = json.dumps({"access_token": "t0k", "expires_in": 1800} if fine else {"error": "invalid_client"}).encode()
        self.send_response(200 if fine else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def dun(folder, *arguments, **env):
    return subprocess.run([DUN, *arguments, "p.dun", "--store", "t.db"], cwd=folder, capture_output=True, text=True, timeout=120,
                          env=dict(os.environ, C="client-1", S="se cret", LANG="C", LC_ALL="C", **env))


def run(port):
    login = ThreadingHTTPServer(("127.0.0.1", 0), Login)
    login.daemon_threads = True
    login.logins = []
    threading.Thread(target=login.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "stdlib" / "mappings" / "xero.json", folder)
        policy = Path(folder, "p.dun")
        policy.write_text(
            f'policy "Xero"\n  currency NZD\nconnect erp rest "http://127.0.0.1:{port}" with mapping "xero.json" and tenant "{TENANT}" '
            'and client from env "C" and secret from env "S" and '
            f'login "http://127.0.0.1:{login.server_address[1]}"\nladder standard for invoices\n  at 400d log "x"\n')
        first = dun(folder, "sync", "--format", "json")
        rows = {r["what"]: r for r in json.loads(first.stdout)}
        check(f"the customers ({first.stderr.strip()})", rows["customers"]["new"] > 0, True)
        # The examples are no ledger: the invoices are of contacts that are no example, and are rejected with just that.
        reasons = {line.rsplit(": ", 1)[1] for line in first.stderr.splitlines() if line.startswith("rest: invoices")}
        check("the invoices' reasons", reasons, {"its customer is not in the store"})
        check("no row was none", rows["invoices"]["rows"] > 0, True)
        with sqlite3.connect(f"{folder}/t.db") as db:
            found = db.execute("SELECT name, email, phone, state FROM customer WHERE id = '5cc8cf28-567e-4d43-b287-687cfcaec47c'").fetchall()
            check("a customer", found, [("Katherine Warren", "kat.warren@clampett.com", None, "CA")])
        again = dun(folder, "sync", "--format", "json")  # only what changed: If-Modified-Since fits the description
        check(f"the second sync ends ({again.stderr.strip()[:300]})", json.loads(again.stdout)[0]["unchanged"] > 0, True)
        doctor = dun(folder, "doctor")
        check(f"the doctor ({doctor.stdout})", "customers can be read" in doctor.stdout and "invoices can be read" in doctor.stdout, True)
        check("one login a run", login.logins, [True] * 3)
        policy.write_text(policy.read_text().replace(f'tenant "{TENANT}" and', ""))
        wrong = dun(folder, "sync")
        check("a setting that is missing", (wrong.returncode, 'xero.json, at headers.Xero-Tenant-Id: {tenant} is a setting that the '
              'connect line lacks: tenant "..."' in wrong.stderr), (4, True))
        policy.write_text(policy.read_text().replace('"xero.json" and', f'"xero.json" and tenant "{TENANT}" and').replace('env "S"', 'env "C"'))
        wrong = dun(folder, "sync")
        check("a wrong secret", (wrong.returncode, "the login of Xero refuses the id or the secret of the connect line: invalid_client"
                                 in wrong.stderr, "client-1" in wrong.stderr), (4, True, False))


description = APIS / "xero-accounting.openapi.json"
if not description.exists():
    print("skipped: no description of Xero here (DUN_APIS)")
else:
    started = subprocess.run([str(PRISM), "start", str(description), "0"], capture_output=True, text=True)
    if started.returncode == 77:
        print("skipped: " + started.stderr.strip())
    elif started.returncode:
        check("prism starts", started.stderr, "")
    else:
        pid, port = started.stdout.split()
        try:
            run(int(port))
        finally:
            subprocess.run([str(PRISM), "stop", pid])
sys.exit(counted())
