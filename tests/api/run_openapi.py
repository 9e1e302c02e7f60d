#!/usr/bin/env python3
"""The description of the API: it names each route of routes.def, and nothing else; it is what openapi.js holds answers against.
And what holds for every route: who may not call it, and a change without the session's token. run_openapi.py DUN."""
import json
import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from house import ROLES, House  # noqa: E402
from checks import check, counted, fine  # noqa: E402

ROUTE = re.compile(r'^ROUTE\((\w+),\s*"([^"]+)",\s*(\w+),\s*(\w+),\s*"', re.M)
ROUTES = ROUTE.findall(Path(__file__).resolve().parents[2].joinpath("runtime/api/routes.def").read_text())


def described(document):
    return {(method.upper(), path) for path, methods in document["paths"].items() for method in methods if method != "parameters"}


def everybody(house, people):
    """Each route, called by who may not: the answer comes before anything is looked at."""
    nobody = house.client()
    for method, path, role, _ in ROUTES:
        at = re.sub(r"\{[^}]+\}", "1", path)
        if role == "ANYONE":
            continue
        call = (lambda c: c.get(at)) if method == "GET" else (lambda c: c.post(at, {}))
        check(f"{method} {path} by nobody", call(nobody).status, 401)
        least = ROLES.index(role.lower())
        if least:
            check(f"{method} {path} by a {ROLES[least - 1]}", call(people[ROLES[least - 1]]).status, 403)
        if method == "POST":
            check(f"POST {path} without the token", people["admin"].post(at, {}, csrf=False).status, 403)
            wrong = people["admin"].request("POST", at, raw=b"[]", headers={"X-CSRF": people["admin"].csrf, "Content-Type": "application/json"})
            check(f"POST {path} with no object", wrong.status, 400)


def walk(people):
    """Each GET without a place in its path, and those with one that nothing fits."""
    for method, path, role, _ in ROUTES:
        if method != "GET" or path == "/api/live":
            continue
        if "{" in path:
            a = people["admin"].get(re.sub(r"\{[^}]+\}", "999999999", path))
            fine(f"GET {path} of what is not there", a.status in (200, 404, 422), a)
        else:
            a = people["admin"].get(path)
            fine(f"GET {path}", a.status in (200, 302, 404, 422), a)


def main():
    with House(sys.argv[1]).serve() as house:
        people = house.everyone()
        document = house.client().get("/api/openapi.json").json
        if os.environ.get("DUN_API_DOCUMENT"):
            Path(os.environ["DUN_API_DOCUMENT"]).write_text(json.dumps(document))
        routes = {(method, path) for method, path, _, _ in ROUTES}
        fine("there are routes", len(routes) > 5, routes)
        check("routes without a description", sorted(routes - described(document)), [])
        check("descriptions without a route", sorted(described(document) - routes), [])
        everybody(house, people)
        walk(people)
        check("it is still there", house.answers(), True)
    sys.exit(counted())


main()
