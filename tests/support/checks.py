"""What a test in Python counts. A script ends with `sys.exit(counted())`, whose last line is `N passed, M failed`."""
passed = failed = 0


def check(what, got, wanted):
    global passed, failed
    if got == wanted:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {what}: expected {wanted!r}, got {got!r}", flush=True)


def fine(what, yes, shown=""):
    """True or not: `shown` is what helps to see why not."""
    global passed, failed
    if yes:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {what}: {shown}", flush=True)


def counted():
    """Says what came of it; the exit status."""
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
