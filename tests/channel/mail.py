"""What a message says, read by Python's email package: one `key=value` line each. Used for .eml files and by the server.

usage: mail.py [--files FOLDER] FILE...      (--files: what is attached is written there)
"""
import email
import email.policy
import os
import sys

FOLDER = None


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
    for part in m.walk():
        if part.is_multipart():
            rows.append(("multipart", part.get_content_type()))
        elif part.get_filename():
            cid = " " + part["content-id"] if part["content-id"] else ""
            rows.append(("file", "%s %s %s%s" % (part.get_filename(), part.get_content_type(), part.get_content_disposition(), cid)))
            if FOLDER:
                with open(os.path.join(FOLDER, os.path.basename(part.get_filename())), "wb") as f:
                    content = part.get_content()
                    f.write(content if isinstance(content, bytes) else content.encode())
        else:
            rows.append((part.get_content_type(), repr(part.get_content())))
        rows.append(("part-defects", len(part.defects)))
    rows.append(("longest-line", max(len(line) for line in raw.split(b"\r\n"))))
    rows.append(("bare-lf", raw.replace(b"\r\n", b"").count(b"\n")))
    return "".join("%s=%s\n" % row for row in rows)


if __name__ == "__main__":
    names = sys.argv[1:]
    if names[:1] == ["--files"]:
        FOLDER = names[1]
        names = names[2:]
    for name in names:
        with open(name, "rb") as f:
            sys.stdout.write(summary(f.read()))
