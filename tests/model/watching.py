"""The commands MONITOR, METADATA and ACCEPT."""

import re

from metadata import CAP, KEYS, SUBSCRIPTIONS
from state import fold, valid_nick


def cmd_accept(model, conn, params, tags):
    nicks = [n for n in (params[0] if params else "").split(",") if n]
    if not nicks:
        model.show_accepted(conn)
    for nick in nicks:
        if nick == "*":
            model.show_accepted(conn)
        elif nick.startswith("-"):
            model.accept_no_more(conn, nick[1:])
        else:
            model.accept(conn, nick)


# ---- MONITOR -------------------------------------------------------------------------------------


def cmd_monitor(model, conn, params, tags):
    verb, nicks = params[0].upper(), [n for n in (params[1:] or [""])[0].split(",") if n]
    if verb in "+-" and not nicks:
        model.numeric(conn, "461", "MONITOR")
    elif verb == "+":
        watch(model, conn, nicks)
    elif verb == "-":
        for nick in nicks:
            conn.watched.pop(fold(nick), None)
    elif verb == "C":
        conn.watched.clear()
    elif verb == "L":
        if conn.watched:
            model.numeric(conn, "732", text=",".join(conn.watched.values()))
        model.numeric(conn, "733")
    elif verb == "S":
        show_status(model, conn, conn.watched.values())


def watch(model, conn, nicks):
    good = []
    for nick in nicks:
        if valid_nick(nick):
            conn.watched.setdefault(fold(nick), nick)
            good.append(nick)
        else:
            model.numeric(conn, "432", nick)
    show_status(model, conn, good)
    for user in filter(None, map(model.user, good)):
        model.tell_metadata(conn, user)


def show_status(model, conn, nicks):
    here = [user.mask for user in map(model.user, nicks) if user]
    gone = [nick for nick in nicks if not model.user(nick)]
    if here:
        model.numeric(conn, "730", text=",".join(here))
    if gone:
        model.numeric(conn, "731", text=",".join(gone))


# ---- METADATA ------------------------------------------------------------------------------------


def cmd_metadata(model, conn, params, tags):
    target, verb, rest = params[0], params[1].upper(), params[2:]
    function, least, own = METADATA.get(verb, (None, 0, False))
    if CAP not in conn.caps:
        if conn.user:
            model.numeric(conn, "421", "METADATA")
        else:
            model.numeric(conn, "451")
    elif function is None:
        model.metadata_fails(conn, "INVALID_PARAMS", params[1])
    elif len(rest) < least:
        model.numeric(conn, "461", "METADATA")
    elif own and not (target == "*" or (conn.user and model.user(target) is conn.user)):
        model.metadata_fails(conn, "INVALID_TARGET", target)
    else:
        function(model, conn, target, rest)


def valid_key(key):
    return re.fullmatch("[a-z0-9_./-]{1,48}", key) is not None


def look_at(model, conn, target):
    """The name and the metadata, as far as they may be seen; else None, and they are told why."""
    asker = conn.user
    if asker is None:
        if target == "*":
            return "*", conn.early
    elif target.startswith("#"):
        channel = model.channel(target)
        if channel and ("o" in asker.modes or asker in channel.members):
            return channel.name, channel.metadata
        if channel and channel.visible_to(asker):
            model.metadata_fails(conn, "KEY_NO_PERMISSION", channel.name, "*")
            return None
    else:
        user = asker if target == "*" else model.user(target)
        if user and model.sees(conn, user):
            return user.nick, model.metadata_of(user)
        if user:
            model.metadata_fails(conn, "KEY_NO_PERMISSION", user.nick, "*")
            return None
    model.metadata_fails(conn, "INVALID_TARGET", target)
    return None


def get(model, conn, target, keys):
    found = look_at(model, conn, target)
    if found is None:
        return
    name, metadata = found
    lines = []
    for key in keys:
        if key in metadata:
            lines += model.values(conn, name, metadata, [key])
        else:
            lines.append(model.line(conn, "766", name, key))
    model.put_batch(conn, [name], [lines], always=True)


def list_all(model, conn, target, _):
    found = look_at(model, conn, target)
    if found:
        name, metadata = found
        model.put_batch(conn, [name], [model.values(conn, name, metadata, sorted(metadata))], always=True)


def set_one(model, conn, target, rest):
    key, value = rest[0], rest[1] if len(rest) > 1 else None
    if not valid_key(key):
        model.metadata_fails(conn, "INVALID_KEY", key)
        return
    if conn.user is None:
        name = set_early(model, conn, target, key, value)
    else:
        subject = model.changeable(conn, target, key)
        asked = conn.user.nick if target == "*" else target
        if subject is None or not model.set_metadata(conn, subject, key, value, asked):
            return
        name = name_of(subject)
    if name is None:
        return
    if value is None:
        model.numeric(conn, "766", name, key)
    else:
        model.numeric(conn, "761", name, key, "*", text=value)


def name_of(subject):
    return getattr(subject, "nick", None) or subject.name


def set_early(model, conn, target, key, value):
    if target != "*":
        model.metadata_fails(conn, "INVALID_TARGET", target)
        return None
    if value is None:
        conn.early.pop(key, None)
    elif key not in conn.early and len(conn.early) >= KEYS:
        model.metadata_fails(conn, "LIMIT_REACHED", "*", str(KEYS))
        return None
    else:
        conn.early[key] = value
    return "*"


def clear(model, conn, target, _):
    subject = model.changeable(conn, target, "*")
    if subject is None:
        return
    channel = model.channel(target) if target.startswith("#") else None
    metadata = channel.metadata if channel else model.metadata_of(subject)
    before = dict(metadata)
    metadata.clear()
    model.tell_change(conn, channel, subject, before, metadata)
    name = name_of(subject)
    lines = [model.line(conn, "766", name, key) for key in sorted(before)]
    model.put_batch(conn, [name], [lines], always=True)


def subscribe(model, conn, _, keys):
    heard, fresh = [], []
    for key in keys:
        if not valid_key(key):
            model.metadata_fails(conn, "INVALID_KEY", key)
        elif key in conn.subscribed:
            heard.append(key)
        elif len(conn.subscribed) >= SUBSCRIPTIONS:
            model.metadata_fails(conn, "LIMIT_REACHED", key, str(SUBSCRIPTIONS))
            break
        else:
            conn.subscribed.add(key)
            heard.append(key)
            fresh.append(key)
    if heard:
        model.numeric(conn, "770", *heard, text=False)
    if conn.user and fresh:
        show_what_is_set(model, conn, fresh)


def show_what_is_set(model, conn, keys):
    """Of oneself, then of the channels and of those in them, each once, then of whom one watches."""
    me = conn.user
    model.put_batch(conn, [me.nick], [model.values(conn, me.nick, model.metadata_of(me), keys)])
    blocks = [model.values(conn, channel.name, channel.metadata, keys) for channel in me.channels]
    seen = [u for u in model.users.values() if u is not me and me.may_see(u)]
    blocks += [model.values(conn, u.nick, model.metadata_of(u), keys) for u in seen]
    model.put_batch(conn, [channel.name for channel in me.channels], blocks)
    for user in filter(None, map(model.user, conn.watched)):
        if user is not me and user not in seen:
            model.put_batch(conn, [user.nick], [model.values(conn, user.nick, model.metadata_of(user), keys)])


def unsubscribe(model, conn, _, keys):
    heard = []
    for key in keys:
        if not valid_key(key):
            model.metadata_fails(conn, "INVALID_KEY", key)
        else:
            conn.subscribed.discard(key)
            heard.append(key)
    if heard:
        model.numeric(conn, "771", *heard, text=False)


def subscriptions(model, conn, *_):
    lines = [model.line(conn, "772", *keys[:-1], text=keys[-1]) for keys in [sorted(conn.subscribed)] if keys]
    model.put_batch(conn, [""], [lines], always=True, kind="metadata-subs")


def synchronise(model, conn, target, _):
    if conn.user is None:
        model.numeric(conn, "451")
        return
    found = look_at(model, conn, target)
    if found is None:
        return
    if target.startswith("#"):
        model.tell_channel(conn, model.channel(target), always=True)
    else:
        name, metadata = found
        model.put_batch(conn, [name], [model.values(conn, name, metadata, sorted(conn.subscribed))], always=True)


# The function, how many parameters it needs, and whether the target is oneself.
METADATA = {
    "CLEAR": (clear, 0, False), "GET": (get, 1, False), "LIST": (list_all, 0, False), "SET": (set_one, 1, False),
    "SUB": (subscribe, 1, True), "SUBS": (subscriptions, 0, True), "SYNC": (synchronise, 0, False),
    "UNSUB": (unsubscribe, 1, True),
}  # fmt: skip
COMMANDS = {"ACCEPT": cmd_accept, "METADATA": cmd_metadata, "MONITOR": cmd_monitor}
