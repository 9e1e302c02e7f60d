"""What a message says, read by Python's email package: one `key=value` line each. Used for .eml files and by the server.

usage: mail.py FILE...
"""
import email
import email.policy
import sys


def summary(raw):
    m = email.message_from_bytes(raw, policy=email.policy.default)
    rows = [("defects", len(m.defects))]
    for key in ("from", "to", "subject", "message-id", "date", "auto-submitted", "mime-version"):
        values = m.get_all(key, [])
        rows.append((key, values[0] if len(values) == 1 else "%d times" % len(values)))
    rows.append(("address", m["to"].addresses[0].addr_spec if m["to"] and m["to"].addresses else "none"))
    rows.append(("date-parsed", m["date"].datetime.isoformat() if m["date"] else "none"))
    rows.append(("headers", ",".join(sorted(k.lower() for k in m.keys()))))
    rows.append(("type", m.get_content_type()))
    for part in m.iter_parts() if m.is_multipart() else [m]:
        rows.append((part.get_content_type(), repr(part.get_content())))
        rows.append(("part-defects", len(part.defects)))
    rows.append(("longest-line", max(len(line) for line in raw.split(b"\r\n"))))
    rows.append(("bare-lf", raw.replace(b"\r\n", b"").count(b"\n")))
    return "".join("%s=%s\n" % row for row in rows)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with open(name, "rb") as f:
            sys.stdout.write(summary(f.read()))
