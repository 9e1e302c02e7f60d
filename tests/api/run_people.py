#!/usr/bin/env python3
"""People over HTTP: the first link, invitations, roles, passwords, sessions, tries to log in, the audit log and who looked at what.
run_people.py DUN."""
import re
import sqlite3
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from house import PASSWORD, House, until  # noqa: E402
from checks import check, counted, fine  # noqa: E402

OTHER = "seven quiet harbours 19"


def cookie(answer, name):
    """The whole line of a cookie."""
    lines = [v for k, v in answer.all if k.lower() == "set-cookie" and v.startswith(name + "=")]
    return lines[-1] if lines else ""


def with_headers(client):
    """Every header of the answers, of which there may be several with one name."""
    import http.client
    kept = client.request

    def request(method, path, body=None, headers=None, raw=None):
        seen = []
        begin = http.client.HTTPResponse.begin

        def spy(self):
            begin(self)
            seen.extend(self.getheaders())
        http.client.HTTPResponse.begin = spy
        try:
            answer = kept(method, path, body, headers, raw)
        finally:
            http.client.HTTPResponse.begin = begin
        answer.all = seen
        return answer
    client.request = request
    return client


# ---- the first one, and one-time links ----

def first(house):
    token = house.link()
    fine("the link is printed with its address", f"http://127.0.0.1:{house.port}/welcome#{token}" in house.log())
    nobody = house.client()
    check("there is nobody", nobody.get("/api/login").json, {"first": True, "provider": None})
    check("nobody is who is not logged in", nobody.get("/api/me").status, 401)
    look = nobody.post("/api/links/look", {"token": token}).json
    check("the link is of the first one", (look["first"], look["role"], look["login"]), (True, "admin", ""))
    check("another token is none", nobody.post("/api/links/look", {"token": "A" * 43}).code, "not_there")
    for password, why in (("short", "12"), ("password1234", "first"), ("Summer2024!!!", "first"), ("123456789012", "first"),
                          ("aaaaaaaaaaaa", "first"), ("adaadmin1234", "name")):
        a = nobody.post("/api/links/use", {"token": token, "login": "adaadmin", "name": "Ada Admin", "password": password})
        check(f"the password {password!r}", (a.status, a.json["error"]["field"]), (422, "password"))
        fine(f"what is said of {password!r}", why in a.json["error"]["message"], a)
    check("a login is small letters", nobody.post("/api/links/use", {"token": token, "login": "a b", "password": PASSWORD}).json["error"]["field"], "login")
    fine("the store has no token", token not in Path(house.store).read_bytes().decode("latin1"))
    house.restart()
    again = until(lambda: house.link() if house.link() != token else None)
    fine("another start prints another link", again)
    check("and ends the one before", nobody.post("/api/links/look", {"token": token}).status, 404)
    admin = with_headers(house.client())
    a = admin.post("/api/links/use", {"token": again, "login": "admin", "name": "Ada Admin", "password": PASSWORD})
    check("the first one comes in", (a.status, a.json["person"]["role"]), (200, "admin"))
    line = cookie(a, "dun_session")
    fine("the cookie is kept from scripts and other sites", "HttpOnly" in line and "SameSite=Strict" in line and "Path=/" in line, line)
    value = line.split("=", 1)[1].split(";")[0]
    fine("the store has no session's token", value not in Path(house.store).read_bytes().decode("latin1"))
    check("the link is used", nobody.post("/api/links/use", {"token": again, "login": "eve", "password": OTHER}).status, 404)
    admin.take(a)
    house._admin = house.people["admin"] = admin
    check("there is somebody now", nobody.get("/api/login").json["first"], False)
    return admin


def invitations(house, admin):
    a = admin.post("/api/people", {"login": "Bob@Example.com", "name": "Bob", "email": "bob@example.com", "role": "operator"})
    check("somebody is invited", (a.status, a.json["person"]["login"], a.json["person"]["state"]), (201, "bob@example.com", "invited"))
    token = a.json["link"]["url"].partition("#")[2]
    check("a login is given once", admin.post("/api/people", {"login": "bob@example.com", "role": "viewer"}).json["error"]["field"], "login")
    check("an address too", admin.post("/api/people", {"login": "b2", "email": "BOB@example.com", "role": "viewer"}).json["error"]["field"], "email")
    check("a role is one of four", admin.post("/api/people", {"login": "b3", "role": "king"}).json["error"]["field"], "role")
    check("an address has an @", admin.post("/api/people", {"login": "b3", "email": "b3", "role": "viewer"}).json["error"]["field"], "email")
    got = []
    threads = [threading.Thread(target=lambda: got.append(house.client().post("/api/links/use", {"token": token, "password": PASSWORD}).status)) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check("of two at once one uses the link", sorted(got), [200, 404])
    bob = house.client().login("bob@example.com")
    check("and logs in", bob.me["name"], "Bob")
    check("an operator sees no people", bob.get("/api/people").status, 403)
    check("but whom work can be given to", [p["login"] for p in bob.get("/api/people/names").json["rows"]], ["admin", "bob@example.com"])
    check("and invites nobody", bob.post("/api/people", {"login": "x1", "role": "viewer"}).status, 403)
    new = admin.post(f"/api/people/{bob.me['id']}/link").json["link"]["url"].partition("#")[2]
    late = admin.post(f"/api/people/{bob.me['id']}/link").json["link"]["url"].partition("#")[2]
    check("a new link ends the one before", house.client().post("/api/links/look", {"token": new}).status, 404)
    look = house.client().post("/api/links/look", {"token": late}).json
    check("it is of somebody who is known", (look["known"], look["login"]), (True, "bob@example.com"))
    check("a link of nobody", admin.post("/api/people/999/link").status, 404)
    house.client().use_link(late)
    check("a password by a link ends the sessions", bob.get("/api/me").status, 401)
    return house.client().login("bob@example.com")


# ---- roles ----

def row(admin, login):
    return next(p for p in admin.get("/api/people", limit=200).json["rows"] if p["login"] == login)


def roles(house, admin, bob):
    p = row(admin, "bob@example.com")
    at = f"/api/people/{p['id']}"
    check("a change names what it saw", admin.post(at, {"role": "viewer"}).json["error"]["field"], "version")
    a = admin.post(at, {"role": "approver", "version": p["version"]})
    check("another role", (a.status, a.json["person"]["role"], a.json["person"]["name"]), (200, "approver", "Bob"))
    check("ends the sessions", bob.get("/api/me").status, 401)
    check("who saw an older one is told", admin.post(at, {"role": "viewer", "version": p["version"]}).code, "changed_meanwhile")
    bob = house.client().login("bob@example.com")
    check("the role is there at once", bob.me["role"], "approver")
    own = row(admin, "admin")
    for change in ({"role": "viewer"}, {"disabled": True}):
        a = admin.post(f"/api/people/{own['id']}", {**change, "version": own["version"]})
        check(f"the last administrator stays: {change}", (a.status, a.code), (409, "not_so"))
    p = row(admin, "bob@example.com")
    check("disabled", admin.post(at, {"disabled": True, "version": p["version"]}).json["person"]["state"], "disabled")
    check("is out at once", bob.get("/api/me").status, 401)
    refused = house.client().post("/api/login", {"login": "bob@example.com", "password": PASSWORD})
    check("and does not come in", refused.status, 401)
    wrong = house.client().post("/api/login", {"login": "bob@example.com", "password": OTHER})
    check("answered like a wrong password", refused.json, wrong.json)
    check("nor by a link", admin.post(at + "/link").code, "not_so")
    p = row(admin, "bob@example.com")
    admin.post(at, {"disabled": False, "version": p["version"]})
    check("let in again", house.client().login("bob@example.com").me["role"], "approver")
    check("a person who is not there", admin.post("/api/people/4711", {"version": 1}).status, 404)


# ---- one's own account ----

def own_account(house):
    ana = house.person("ana", "viewer")
    second = house.client().login("ana")
    check("another language", ana.post("/api/me", {"lang": "pt"}).json["lang"], "pt")
    a = ana.post("/api/me", {"lang": "fr"})
    check("there are three", (a.status, a.json["error"]["field"], a.json["error"]["message"]), (422, "lang", "os idiomas são en, pt e es"))
    check("the name stays", ana.get("/api/me").json["person"]["name"], "Ana")
    sessions = ana.get("/api/me/sessions").json["rows"]
    check("where one is logged in", (len(sessions), sum(s["this"] for s in sessions), {s["way"] for s in sessions}), (2, 1, {"link", "password"}))
    check("the old password is asked for", ana.post("/api/me/password", {"old": OTHER, "new": "nine tall windows 88"}).json["error"]["field"], "old")
    check("and the new one looked at", ana.post("/api/me/password", {"old": PASSWORD, "new": "password1234"}).json["error"]["field"], "new")
    check("another password", ana.post("/api/me/password", {"old": PASSWORD, "new": OTHER}).status, 204)
    check("this session stays", ana.get("/api/me").status, 200)
    check("the others end", second.get("/api/me").status, 401)
    check("the old one is none any more", house.client().post("/api/login", {"login": "ana", "password": PASSWORD}).status, 401)
    third = house.client().login("ana", OTHER)
    theirs = next(s["id"] for s in third.get("/api/me/sessions").json["rows"] if s["this"])
    bob = house.person("carla", "viewer")
    check("nobody ends another's session", bob.post("/api/me/sessions/end", {"id": theirs}).status, 404)
    check("one is ended", ana.post("/api/me/sessions/end", {"id": theirs}).status, 204)
    check("and is out", third.get("/api/me").status, 401)
    fourth = house.client().login("ana", OTHER)
    check("all others", ana.post("/api/me/sessions/end", {"others": True}).status, 204)
    check("are out", (fourth.get("/api/me").status, ana.get("/api/me").status), (401, 200))
    check("logged out", ana.post("/api/logout").status, 204)
    check("is out", (ana.get("/api/me").status, "dun_session" in ana.cookies), (401, False))


# ---- sessions: how they end, what a change must carry ----

def sessions(house):
    dora = house.person("dora", "operator")
    check("a change without the token", dora.post("/api/me", {"name": "D"}, csrf=False).status, 403)
    other = house.client().login("dora")
    kept, dora.csrf = dora.csrf, other.csrf
    check("a change with another session's", dora.post("/api/me", {"name": "D"}).status, 403)
    dora.csrf = kept
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        a = house.client().request("POST", "/api/login", {"login": "dora", "password": PASSWORD}, headers)
        check(f"nobody is logged in from {headers}", a.status, 403)
    a = house.client().request("POST", "/api/login", raw=b"login=dora", headers={"Content-Type": "application/x-www-form-urlencoded"})
    check("nor by a form", a.status, 400)
    house.restart()
    check("a session survives a restart", dora.get("/api/me").status, 200)
    made_up = house.client()
    made_up.cookies["dun_session"] = "A" * 43
    check("a made-up one is none", made_up.get("/api/me").status, 401)
    before = house.one("SELECT count(*) FROM person_session")
    with sqlite3.connect(house.store, timeout=30) as d:
        d.execute("UPDATE person_session SET seen_at = seen_at - 7201000000 WHERE person = ?", (dora.me["id"],))
    check("two hours without a request end it", dora.get("/api/me").status, 401)
    dora = house.client().login("dora")
    with sqlite3.connect(house.store, timeout=30) as d:
        d.execute("UPDATE person_session SET ends_at = made_at + 1000000, seen_at = seen_at WHERE person = ?", (dora.me["id"],))
    time.sleep(1.1)
    check("twelve hours whatever happens", dora.get("/api/me").status, 401)
    house.client().login("dora")
    fine("what has ended is taken out", house.one("SELECT count(*) FROM person_session WHERE ends_at <= unixepoch() * 1000000") == 0, before)


# ---- tries to log in ----

def attempt(house, login, password="wrong wrong wrong", client=None):
    return (client or house.client()).post("/api/login", {"login": login, "password": password})


def waits(house, how):
    """The waits that there are, made longer or ended: a slow machine takes a second for little."""
    with sqlite3.connect(house.store, timeout=30) as d:
        d.execute("UPDATE login_try SET wait_until = " + {"longer": "wait_until + 600000000", "over": "0"}[how] + " WHERE wait_until > last_at")


def tries(house):
    house.person("erik", "viewer")
    known = house.client().login("erik")  # this browser has been erik's
    answers = [attempt(house, "erik") for _ in range(5)]
    check("five are free", [a.status for a in answers], [401] * 5)
    check("then one waits a second", house.one("SELECT max(wait_until - last_at) / 1000000 FROM login_try"), 1)
    waits(house, "longer")
    a = attempt(house, "erik", PASSWORD)
    check("also with the right one", (a.status, a.code), (429, "too_many"))
    fine("how long is said", int(a.headers.get("retry-after", 0)) >= 1 and "wait" in a.json["error"]["message"], a)
    check("the browser that was let in before does not", attempt(house, "erik", PASSWORD, known).status, 200)
    check("nor do others of the house", house.client().login("carla").me["login"], "carla")
    house.restart()
    check("a restart forgets nothing", attempt(house, "erik", PASSWORD).status, 429)
    waits(house, "over")
    check("after it one may try", attempt(house, "erik").status, 401)
    check("and waits for longer", house.one("SELECT max(wait_until - last_at) / 1000000 FROM login_try"), 2)
    check("it is in the log", house.one("SELECT count(*) FROM event WHERE kind = 'login' AND detail LIKE '%too often%'") > 0, True)
    fine("no login that was tried is in the store", house.one("SELECT count(*) FROM event WHERE subject LIKE '%nobody-at-all%'") == 0)
    nobody = [attempt(house, "nobody-at-all") for _ in range(5)]
    waits(house, "longer")
    check("a login that nobody has is answered the same", [a.status for a in nobody] + [attempt(house, "nobody-at-all").status], [401] * 5 + [429])
    check("word for word", nobody[0].json, answers[0].json)
    took = {}
    for login in ("carla", "nobody-is-this"):
        times = []
        for _ in range(4):
            begin = time.monotonic()
            attempt(house, login)
            times.append(time.monotonic() - begin)
        took[login] = min(times)
    fine("and as slowly", 0.3 < took["carla"] / took["nobody-is-this"] < 3, took)
    check("the right one forgets the tries", house.client().login("carla").me["login"], "carla")
    burst = []
    house.person("fred", "viewer")
    threads = [threading.Thread(target=lambda: burst.append(attempt(house, "fred").status)) for _ in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    fine("many at once are as many", burst.count(401) <= 9 and set(burst) <= {401, 429, 503}, burst)


# ---- the audit log ----

def audit(house, admin):
    viewer = house.person("carla", "viewer")
    everything = []
    after = None
    while True:
        a = viewer.get("/api/audit", limit=7, after=after)
        if a.status != 200:
            return fine("the log is read page by page", False, a)
        everything += a.json["rows"]
        after = a.json["next"]
        if not after:
            break
    numbers = [e["seq"] for e in everything]
    check("page by page it is all of it, newest first", numbers, list(range(house.one("SELECT max(seq) FROM event"), 0, -1)))
    logins = viewer.get("/api/audit", kind="login", limit=200).json["rows"]
    fine("by kind", logins and {e["kind"] for e in logins} == {"login"}, logins[:2])
    own = viewer.get("/api/audit", actor="admin", limit=200).json["rows"]
    fine("by who did it", own and {e["actor"] for e in own} == {"admin"}, own[:2])
    about = viewer.get("/api/audit", subject="person erik", limit=200).json["rows"]
    fine("by what it is about", about and {e["subject"] for e in about} == {"person erik"}, about[:2])
    both = viewer.get("/api/audit", subject="person erik", kind="login", limit=200).json["rows"]
    fine("by both", 0 < len(both) < len(about), (len(both), len(about)))
    today = house.one("SELECT date('now')")
    check("by day", len(viewer.get("/api/audit", **{"from": today, "limit": 200}).json["rows"]) > 0, True)
    check("a day that was not yet", viewer.get("/api/audit", **{"from": "2999-01-01"}).json["rows"], [])
    check("a day long ago", viewer.get("/api/audit", to="1999-01-01").json["rows"], [])
    check("what is no day", viewer.get("/api/audit", to="soon").status, 422)
    check("what is no key", viewer.get("/api/audit", after="x").status, 422)
    fine("the kinds", {"login", "person", "import"} <= set(viewer.get("/api/audit/kinds").json["kinds"]))
    whole = viewer.get("/api/audit/whole").json
    check("it is whole", (whole["whole"], whole["broken_at"]), (True, None))
    fine("up to its head", re.fullmatch(r"[0-9a-f]{64}", whole["head"] or "") and whole["entries"] >= len(numbers), whole)
    fine("passwords and links are nowhere in it", not house.ask("SELECT seq FROM event WHERE detail LIKE '%argon%' OR detail LIKE '%@example.com%'"))


def reads(house, admin):
    check("who looked is an administrator's to see", house.person("carla", "viewer").get("/api/audit/reads").status, 403)
    carla = house.person("carla", "viewer")
    if carla.get("/api/customers/C1").status == 404 and b"no such address" in carla.get("/api/customers/C1").body:
        print("skipped: this program has no page of a customer")
        return
    carla.get("/api/customers/C1")
    carla.get("/api/customers/C1")
    carla.get("/api/customers/C2")
    rows = admin.get("/api/audit/reads", person="carla").json["rows"]
    fine("once a day for each customer", sorted(r["subject"] for r in rows if r["what"] == "customer") == ["C1", "C2"], rows)
    by = admin.get("/api/audit/reads", what="customer", subject="C1").json["rows"]
    fine("by whose data it was", by and {r["subject"] for r in by} == {"C1"}, by)
    check("nobody's", admin.get("/api/audit/reads", person="nobody").json["rows"], [])
    first = admin.get("/api/audit/reads", limit=1).json
    if first["next"]:
        fine("page by page", admin.get("/api/audit/reads", limit=1, after=first["next"]).json["rows"] != first["rows"], first)


def broken(house, admin):
    """Last: the log is changed behind its back."""
    last = house.one("SELECT max(seq) FROM event")
    with sqlite3.connect(house.store, timeout=30) as d:
        d.execute("DROP TRIGGER event_no_update")
        d.execute("UPDATE event SET actor = 'somebody' WHERE seq = ?", (last - 1,))
    whole = admin.get("/api/audit/whole").json
    check("a changed entry is found", (whole["whole"], whole["broken_at"]), (False, last - 1))


# ---- the command ----

def command(house):
    r = house.run("user", "list", "--store", house.store, "--format", "csv")
    fine("dun user list", r.returncode == 0 and "admin,Ada Admin" in r.stdout and "erik" in r.stdout, r.stdout)
    r = house.run("user", "invite", "gina", "operator", "--store", house.store)
    token = re.search(r"/welcome#([A-Za-z0-9_-]{43})", r.stdout)
    fine("dun user invite", r.returncode == 0 and token and f":{house.port}/" in r.stdout, r.stdout)
    gina = house.client().use_link(token.group(1))
    check("its link lets in", gina.me["role"], "operator")
    check("dun user role", house.run("user", "role", "gina", "approver", "--store", house.store).returncode, 0)
    check("ends the sessions", gina.get("/api/me").status, 401)
    check("dun user disable", house.run("user", "disable", "gina", "--store", house.store).returncode, 0)
    check("no link for who may not come in", house.run("user", "link", "gina", "--store", house.store).returncode, 1)
    check("dun user enable", house.run("user", "enable", "gina", "--store", house.store).returncode, 0)
    r = house.run("user", "link", "admin", "--store", house.store)
    fine("dun user link", r.returncode == 0 and "/welcome#" in r.stdout, r.stdout)
    check("the last administrator stays one", house.run("user", "role", "admin", "viewer", "--store", house.store).returncode, 1)
    for words in (["role", "gina", "king"], ["disable", "who-is-this"], ["link"], ["dance"], ["invite", "gina", "viewer"], ["invite", "a b", "viewer"]):
        check(f"dun user {' '.join(words)}", house.run("user", *words, "--store", house.store).returncode, 2)
    r = house.run("user", "link", "who-is-this", "--store", house.store, "--lang", "pt")
    fine("in Portuguese", "não há pessoa" in r.stdout, r.stdout)


def main():
    with House(sys.argv[1]).serve() as house:
        admin = first(house)
        bob = invitations(house, admin)
        roles(house, admin, bob)
        own_account(house)
        sessions(house)
        tries(house)
        admin = house.client().login("admin")
        audit(house, admin)
        reads(house, admin)
        command(house)
        broken(house, house.client().login("admin"))
        check("it ends as it should", house.stop(), 0)
    sys.exit(counted())


main()
