"""Questions that change nothing: NAMES, WHO, WHOIS, LIST, ISON, USERHOST, LUSERS."""

from lines import ANY, body
from state import SERVER, Unordered, matches

DESCRIPTION = "the model's server"


def names(model, conn, params):
    asked = params[0] if params else ""
    for name in [n for n in asked.split(",") if n]:
        channel = model.channel(name)
        if channel and channel.visible_to(conn.user):
            model.names(conn, channel)
    model.numeric(conn, "366", asked or "*")


# ---- WHO -----------------------------------------------------------------------------------------


def may_see(asker, user):
    return "i" not in user.modes or user is asker or "o" in asker.modes or asker.may_see(user)


def may_know(asker, user, channel):
    """Whether the asker may know that the user is in the channel."""
    if user is not asker and not channel.shows(user, asker):
        return False
    return asker in channel.members or not ("s" in channel.modes or "i" in user.modes)


def flags(user, channel, every):
    text = ("G" if user.away is not None else "H") + ("*" if "o" in user.modes else "")
    if channel:
        text += channel.prefixes(user, every)
    return text + ("B" if "B" in user.modes else "")


def who_one(model, conn, user, channels, fields):
    """channels: those that may be named in the answer, [None]: none."""
    bodies = []
    for channel in channels:
        name = channel.name if channel else "*"
        if fields is None:
            mode = flags(user, channel, "multi-prefix" in conn.caps)
            words = ("352", conn.user.nick, name, user.user, user.host, SERVER, user.nick, mode, "0 " + user.real)
        else:
            words = ("354", conn.user.nick, *whox(conn.user, user, channel, name, fields))
        bodies.append(body(SERVER, *words))
    model.reply(conn, bodies)


def whox(asker, user, channel, name, fields):
    letters, token = fields
    values = {
        "t": token or "0", "c": name, "u": user.user, "i": user.address_shown_to(asker), "h": user.host, "s": SERVER,
        "n": user.nick, "f": flags(user, channel, True), "d": "0", "l": ANY, "a": user.account or "0",
        "o": "n/a", "r": user.real,
    }  # fmt: skip
    return [values[f] for f in "tcuihsnfdlaor" if f in letters]


def who(model, conn, params):
    mask = params[0] if params and params[0] else "*"
    options = params[1] if len(params) > 1 else ""
    before, percent, rest = options.partition("%")
    fields = None
    if percent and rest.partition(",")[0]:
        letters, _, token = rest.partition(",")
        fields = (letters, token if token.isdigit() and len(token) <= 3 else "")
    with Unordered(model) as u:
        for user, channels in who_found(model, conn, mask):
            if "o" in before and "o" not in user.modes:
                continue
            u.block()
            who_one(model, conn, user, channels, fields)
    model.numeric(conn, "315", mask)


def who_found(model, conn, mask):
    asker = conn.user
    if mask.startswith("#"):
        channel = model.channel(mask)
        if channel and channel.visible_to(asker):
            for user in channel.members:
                if channel.shows(user, asker) and (asker in channel.members or may_see_outside(asker, user)):
                    yield user, [channel]
        return
    if "*" not in mask and "?" not in mask and mask != "0":
        user = model.user(mask)
        if user:
            yield user, [None]
            return
    if mask == "0":
        mask = "*"
    for user in model.users.values():
        texts = [user.nick, user.user, user.host, user.real, SERVER]
        if "o" in asker.modes:
            texts.append(user.true_host)
        if may_see(asker, user) and any(matches(mask, text) for text in texts):
            yield user, [c for c in user.channels if may_know(asker, user, c)] or [None]


def may_see_outside(asker, user):
    return "i" not in user.modes or "o" in asker.modes


# ---- WHOIS ---------------------------------------------------------------------------------------


def whois(model, conn, params):
    nick = (params[1] if len(params) > 1 else params[0] if params else "").partition(",")[0]
    user = model.user(nick)
    if not nick:
        model.numeric(conn, "431")
        return
    if user:
        whois_one(model, conn, user)
    else:
        model.numeric(conn, "401", nick)
    model.numeric(conn, "318", nick)


def whois_one(model, conn, user):
    asker = conn.user
    model.numeric(conn, "311", user.nick, user.user, user.host, "*", text=user.real)
    seen = [c.prefixes(user, "multi-prefix" in conn.caps) + c.name for c in user.channels if may_know(asker, user, c)]
    if seen:
        model.numeric(conn, "319", user.nick, text=" ".join(sorted(seen)))
    model.numeric(conn, "312", user.nick, SERVER, text=DESCRIPTION)
    if user.account:
        model.numeric(conn, "330", user.nick, user.account)
    if "o" in user.modes:
        model.numeric(conn, "313", user.nick)
    if "B" in user.modes:
        model.numeric(conn, "335", user.nick)
    if user.away is not None:
        model.numeric(conn, "301", user.nick, text=user.away)
    if user.conns and user.conns[0].over == "unix":
        model.numeric(conn, "320", user.nick, text=ANY)
    if "draft/metadata-3" in conn.caps and model.sees(conn, user):
        for key, value in sorted(model.metadata_of(user).items()):
            model.numeric(conn, "760", user.nick, key, "*", text=value)
    if user is asker or "o" in asker.modes:
        model.numeric(conn, "379", user.nick, text="is using modes +" + "".join(sorted(user.modes)))
        before = None
        for device in user.conns:
            if device.over == "tcp" and before != device.host:
                model.numeric(conn, "338", user.nick, f"{user.true_user}@{device.host}", device.host)
                before = device.host
        if user.conns or user.disguised:
            place = f"{user.true_user}@{user.true_host} {user.true_host}"
            model.numeric(conn, "378", user.nick, text="is connecting from " + place)
    model.numeric(conn, "317", user.nick, ANY, ANY)


# ---- the others ----------------------------------------------------------------------------------


def list_channels(model, conn, params):
    wanted, names_given, over, under, mask, not_mask = [], False, -1, None, None, None
    for item in [i for p in params for i in p.split(",") if i]:
        if item[0] == ">" and item[1:].isdigit():
            over = int(item[1:])
        elif item[0] == "<" and item[1:].isdigit():
            under = int(item[1:])
        elif item[0] == "!":
            not_mask = item[1:]
        elif "*" in item or "?" in item:
            mask = item
        else:
            names_given = True
            wanted.append(model.channel(item))
    model.numeric(conn, "321", "Channel", text="Users  Name")
    with Unordered(model) as u:
        for channel in wanted if names_given else model.channels.values():
            if channel is None or not channel.visible_to(conn.user):
                continue
            count = len(channel.members)
            if count <= over or (under is not None and count >= under):
                continue
            if (mask and not matches(mask, channel.name)) or (not_mask and matches(not_mask, channel.name)):
                continue
            u.block()
            list_one(model, conn, channel, count)
    model.numeric(conn, "323")


def list_one(model, conn, channel, count):
    topic = channel.topic or ""
    if conn.plain:
        model.notice(conn, f"* {channel.name} ({count})" + (f": {topic}" if topic else ""))
    model.numeric(conn, "322", channel.name, str(count), text=topic)


def ison(model, conn, params):
    asked = [model.user(nick) for p in params for nick in p.split()]
    model.numeric(conn, "303", text=" ".join(u.nick for u in asked if u))


def userhost(model, conn, params):
    places(model, conn, params, "302", lambda user: user.host)


def userip(model, conn, params):
    places(model, conn, params, "340", lambda user: user.address_shown_to(conn.user))


def places(model, conn, params, number, place):
    words = []
    for user in [model.user(nick) for nick in params[:5]]:
        if user:
            star, sign = "*" if "o" in user.modes else "", "+" if user.away is None else "-"
            words.append(f"{user.nick}{star}={sign}{user.user}@{place(user)}")
    model.numeric(conn, number, text=" ".join(words))


def lusers(model, conn, params):
    users, most = len(model.users), model.most
    invisible = sum("i" in u.modes for u in model.users.values())
    operators = sum("o" in u.modes for u in model.users.values())
    unknown = sum(c.user is None for c in model.conns.values())
    model.numeric(conn, "251", text=f"There are {users - invisible} users and {invisible} invisible on 1 servers")
    model.numeric(conn, "252", str(operators))
    if unknown:
        model.numeric(conn, "253", str(unknown))
    if model.channels:
        model.numeric(conn, "254", str(len(model.channels)))
    model.numeric(conn, "255", text=f"I have {users} clients and 0 servers")
    for number, which in (("265", "local"), ("266", "global")):
        text = f"Current {which} users {users}, max {most}"
        model.numeric(conn, number, str(users), str(most), text=text)


QUESTIONS = {
    "NAMES": names, "WHO": who, "WHOIS": whois, "LIST": list_channels, "ISON": ison,
    "USERHOST": userhost, "USERIP": userip, "LUSERS": lusers,
}  # fmt: skip
