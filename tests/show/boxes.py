#!/usr/bin/env python3
"""Whether a picture of `dun show` is well-formed, and no two of its texts and icons overlap or leave it: boxes.py FILE...

Texts are measured as DejaVu Sans, wider than most faces, would set them. Prints what is wrong; status 1 if anything is."""
import sys
import unicodedata
import xml.etree.ElementTree as tree

SVG = "{http://www.w3.org/2000/svg}"
NARROW, WIDE = set("iIjl.,:;'|![]() ftr"), set("mwMW@%—…")


def em(text):
    out = 0.0
    for c in unicodedata.normalize("NFC", text):
        if unicodedata.combining(c):
            continue
        out += 0.37 if c in NARROW else 0.95 if c in WIDE else 0.69 if c.isupper() else 0.62
    return out


def boxes(root):
    for node in root:
        if node.tag == SVG + "text":
            kind = node.get("class", "").split()
            size = 21 if "t" in kind else 17 if "h" in kind else 13
            bold = any(k in ("b", "h", "t") for k in kind)
            width = em(node.text or "") * size * (1.12 if bold else 1)
            x, y = int(node.get("x")), int(node.get("y"))
            left = x - width / 2 if "mid" in kind else x
            yield (left, y - size * 0.74, left + width, y + size * 0.22, node.text)
        elif node.tag == SVG + "use":
            x, y = int(node.get("x")), int(node.get("y"))
            yield (x, y, x + int(node.get("width")), y + int(node.get("height")), node.get("href"))


def check(path):
    root = tree.parse(path).getroot()
    wrong = []
    if root.find(SVG + "title") is None or not (root.findtext(SVG + "desc") or "").strip():
        wrong.append("no title or description")
    if root.iter(SVG + "script") and list(root.iter(SVG + "script")):
        wrong.append("a script")
    _, _, width, height = map(int, root.get("viewBox").split())
    found = sorted(boxes(root), key=lambda b: b[1])
    for i, a in enumerate(found):
        if a[0] < 0 or a[2] > width or a[1] < 0 or a[3] > height:
            wrong.append(f"outside of the picture: {a[4]!r}")
        for b in found[i + 1 :]:
            if b[1] >= a[3]:
                break
            if a[0] < b[2] and b[0] < a[2] and a[1] < b[3]:
                wrong.append(f"{a[4]!r} overlaps {b[4]!r}")
    return wrong, len(found)


def main():
    status = 0
    for path in sys.argv[1:]:
        wrong, count = check(path)
        if count < 5:
            wrong.append(f"{count} labels only")
        for w in wrong[:10]:
            print(f"{path}: {w}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
