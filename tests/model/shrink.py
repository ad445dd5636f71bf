"""Makes a script that goes wrong as short as it can be, by leaving out what is not needed (delta debugging)."""


def shrink(script, fails):
    """fails(script): the script up to the step at which it goes wrong; None when it does not."""
    script = fails(script) or script
    for number in sorted({step[0] for step in script}):
        rest = [step for step in script if step[0] != number]
        script = (rest and fails(rest)) or script
    size = max(1, len(script) // 2)
    while True:
        script, shorter = without_parts(script, size, fails)
        if not shorter and size == 1:
            return script
        if not shorter:
            size = max(1, size // 2)


def without_parts(script, size, fails):
    """The script without each part of that size that it can do without, from the end on."""
    shorter = False
    at = len(script)
    while at > 0:
        start = max(0, at - size)
        rest = script[:start] + script[at:]
        found = rest and fails(rest)
        if found:
            script, shorter = found, True
        at = min(start, len(script))
    return script, shorter
