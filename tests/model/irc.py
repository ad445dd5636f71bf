"""The commands of the IRC dialect, as the model carries them out."""

import base64
import binascii

import operators
import services
import watching
from lines import ANY, TEXT, TIME, Event, Greeting, body, tags_of
from metadata import CAP
from model import add_user
from people import PRE_AWAY
from questions import QUESTIONS
from state import SERVER, Account, Unordered, fold, valid_nick

ANYTIME = {
    "AUTHENTICATE", "AWAY", "CAP", "ERROR", "METADATA", "NICK", "PASS", "PING", "PONG", "QUIT", "REGISTER", "USER",
    "VERIFY",
}  # fmt: skip
FIRST_WORDS = {"AUTHENTICATE", "CAP", "ERROR", "NICK", "PASS", "PING", "QUIT", "USER", "WEBIRC"}
# The fewest parameters of a command that needs any.
LEAST = {
    "AUTHENTICATE": 1, "CAP": 1, "CHGHOST": 1, "ISON": 1, "JOIN": 1, "KICK": 2, "KILL": 1, "KNOCK": 1,
    "METADATA": 2, "MODE": 1, "MONITOR": 1,
    "OPER": 2, "PART": 1, "REGISTER": 3, "RENAME": 2, "SETNAME": 1, "TOPIC": 1, "UNBAN": 1, "USER": 4, "USERHOST": 1,
    "USERIP": 1, "WALLOPS": 1,
}  # fmt: skip
CAPS = {
    "message-tags", "server-time", "echo-message", "labeled-response", "batch", "multi-prefix",
    "userhost-in-names", "extended-join", "away-notify", "invite-notify", "setname", "standard-replies",
    "sasl", "account-notify", "account-tag", "chghost",
    "extended-monitor", "draft/metadata-3", "draft/channel-rename", "draft/pre-away",
    "no-implicit-names",
}  # fmt: skip
TARGETS = 10


def parse(line):
    """tags, command, parameters"""
    tags = {}
    if line.startswith("@"):
        text, _, line = line[1:].partition(" ")
        tags = tags_of(text)
    head, colon, last = line.lstrip(" ").partition(" :")
    words = head.split()
    return tags, words[0].upper(), words[1:] + ([last] if colon else [])


def run_line(model, conn, line):
    tags, command, params = parse(line)
    label = tags.get("label", "") if "labeled-response" in conn.caps else ""
    if label and len(label) <= 64:
        model.labelled(conn, label, lambda: run(model, conn, command, params, tags))
    else:
        run(model, conn, command, params, tags)


def run(model, conn, command, params, tags):
    function = COMMANDS.get(command)
    if conn.user is None and command not in ANYTIME:
        model.numeric(conn, "451")
    elif function is None or (command == "TAGMSG" and "message-tags" not in conn.caps):
        model.numeric(conn, "421", command)
    elif command in operators.FOR_OPERATORS and "o" not in conn.user.modes:
        model.numeric(conn, "481")
    elif len(params) < LEAST.get(command, 0):
        model.numeric(conn, "461", command)
    else:
        function(model, conn, params, tags)


def listed(model, conn, text):
    """The items of a list of targets, as many as may be."""
    items = [item for item in text.split(",") if item]
    for item in items[:TARGETS]:
        yield item
    if len(items) > TARGETS:
        model.numeric(conn, "407", items[TARGETS])


# ---- registration --------------------------------------------------------------------------------


def cmd_cap(model, conn, params, tags):
    what = params[0].upper()
    if what == "REQ":
        conn.negotiating = conn.user is None
        words = params[1].split() if len(params) > 1 else []
        known = all(word.removeprefix("-") in CAPS for word in words)
        answer = "ACK" if known else "NAK"
        model.reply(conn, body(SERVER, "CAP", conn.shown_nick, answer, params[1] if len(params) > 1 else ""))
        for word in words if known else ():
            if word.startswith("-"):
                conn.caps.discard(word[1:])
            else:
                conn.caps.add(word)
    elif what == "END":
        conn.negotiating = False
        try_register(model, conn)


def cmd_nick(model, conn, params, tags):
    conn.nick_taken = False
    nick = params[0] if params else ""
    holder = model.user(nick)
    if not nick:
        model.numeric(conn, "431")
    elif conn.user:
        model.rename(conn, nick)
    elif not valid_nick(nick):
        model.numeric(conn, "432", nick)
    elif holder and not may_become(conn, holder):
        model.numeric(conn, "433", nick)
        conn.nick_taken = True
    else:
        conn.nick = nick
        try_register(model, conn)


def may_become(conn, holder):
    """Whether a newcomer may ask for the nick of somebody who is here: it may be of the same account."""
    if holder.account is None:
        return False
    return conn.owns(holder.account) or conn.negotiating


def cmd_user(model, conn, params, tags):
    if conn.user or conn.name:
        model.numeric(conn, "462")
    elif not params[0] or not params[3]:
        model.numeric(conn, "461", "USER")
    else:
        conn.name, conn.real = params[0], params[3]
        try_register(model, conn)


def try_register(model, conn):
    if conn.user or conn.negotiating or not conn.nick or not conn.name:
        return
    if conn.sasl:
        conn.sasl = None
        model.numeric(conn, "906")
    if model.is_reserved(conn, conn.nick):
        model.refuse_reserved(conn, conn.nick)
        conn.nick = None
        return
    user = enter(model, conn)
    if conn.closed:
        return
    if user is None:
        model.numeric(conn, "433", conn.nick)
        conn.nick = None
        return
    greet(model, conn)


def enter(model, conn):
    """The user that the connection speaks for from now on; None: its nick is somebody's."""
    account = model.accounts.get(fold(conn.account)) if conn.account else None
    user = device = None
    name = model.local_user if conn.over == "unix" else "~" + clean(conn.name)
    if model.refuse_newcomer(conn, f"{conn.nick}!{name}@{conn.host}"):
        return None
    if account and account.users:
        user = device = model.user(conn.nick)
        if user not in account.users:
            user = device = account.users[0]
    elif model.user(conn.nick):
        return None
    else:
        user = add_user(model, conn.nick, name, conn.host, conn.real)
    conn.user = user
    user.conns.insert(0, conn)
    if not device and account:
        model.change_account(user, account)
    conn.device = device is not None
    model.come_to_device(conn)
    model.enter_early(conn)
    return user


def clean(name):
    """A user name: letters, digits and -_. of what was said."""
    return "".join(c for c in name if c.isascii() and (c.isalnum() or c in "-_."))[:20] or "user"


def greet(model, conn):
    entered = list(conn.user.channels)
    for number in ("001", "002", "003"):
        model.numeric(conn, number, text=ANY)
    conn.put(Greeting())
    QUESTIONS["LUSERS"](model, conn, [])
    if conn.user.host != conn.user.true_host:
        model.numeric(conn, "396", conn.user.host)
    if CAP in conn.caps:
        own = model.metadata_of(conn.user)
        model.put_batch(conn, [conn.user.nick], [model.values(conn, conn.user.nick, own, sorted(own))], always=True)
    model.numeric(conn, "422")
    if conn.user.modes:
        show_user_modes(model, conn)
    if conn.device:
        show_state(model, conn, entered)


def show_state(model, conn, channels):
    """A device that joins its user is told what it is in."""
    user = conn.user
    if user.away is not None and not conn.plain:
        model.numeric(conn, "306")
    with Unordered(model) as u:
        for channel in channels:
            u.block()
            event = Event()
            sentence = f"* {user.nick} joined" + model.place(channel, "")
            model.tell([conn], event, user, "JOIN", model.join_params(user, channel), sentence, row=True)
            model.show_channel(conn, channel)
            model.tell_channel(conn, channel)


def cmd_quit(model, conn, params, tags):
    text = params[0] if params else ""
    model.end(conn, f"Quit: {text}" if text else "Quit")


def cmd_ping(model, conn, params, tags):
    if not params:
        model.numeric(conn, "461", "PING")
    elif not params[0]:
        model.numeric(conn, "409")
    else:
        model.reply(conn, body(SERVER, "PONG", SERVER, params[0]))


def nothing(model, conn, params, tags):
    pass


# ---- accounts ------------------------------------------------------------------------------------


def cmd_authenticate(model, conn, params, tags):
    word = params[0]
    if word == "*":
        conn.sasl = None
        model.numeric(conn, "906")
    elif conn.sasl is None and word.upper() == "PLAIN":
        conn.sasl = "PLAIN"
        model.reply(conn, body(SERVER, "AUTHENTICATE", "+"))
    elif conn.sasl is None:
        model.numeric(conn, "908", ANY)
        model.numeric(conn, "904", text=ANY)
    else:
        conn.sasl = None
        log_in_plain(model, conn, word)


def log_in_plain(model, conn, word):
    try:
        _, name, password = base64.b64decode(word).decode().split("\0")
    except (binascii.Error, ValueError):
        model.numeric(conn, "904", text=ANY)
        return
    account = model.accounts.get(fold(name))
    if account is None or account.password != password:
        model.numeric(conn, "904", text=ANY)
        return
    if model.login(conn, account):
        model.numeric(conn, "903")


def cmd_register(model, conn, params, tags):
    name, _, password = params[:3]
    nick = conn.user.nick if conn.user else conn.nick
    holder = model.user(nick) if nick else None
    if conn.own_account:
        refuse_register(model, conn, "ALREADY_AUTHENTICATED", name)
    elif nick is None:
        refuse_register(model, conn, "ACCOUNT_EXISTS" if conn.nick_taken else "NEED_NICK", "*")
    elif name != "*" and fold(name) != fold(nick):
        refuse_register(model, conn, "ACCOUNT_NAME_MUST_BE_NICK", name)
    elif holder and holder is not conn.user:
        refuse_register(model, conn, "ACCOUNT_EXISTS", nick)
    elif fold(nick) in model.accounts:
        refuse_register(model, conn, "ACCOUNT_EXISTS", nick)
    elif len(password) < 8:
        refuse_register(model, conn, "WEAK_PASSWORD", nick)
    else:
        account = model.accounts[fold(nick)] = Account(nick, password)
        model.reply(conn, body(SERVER, "REGISTER", "SUCCESS", nick, TEXT + "REGISTER SUCCESS"))
        model.login(conn, account)


def refuse_register(model, conn, code, name):
    model.reply(conn, body(SERVER, "FAIL", "REGISTER", code, name, ANY))


def cmd_ns(model, conn, params, tags):
    services.run(model, conn, "nickserv", " ".join(params).split())


def cmd_cs(model, conn, params, tags):
    services.run(model, conn, "chanserv", " ".join(params).split())


# ---- channels ------------------------------------------------------------------------------------


def cmd_join(model, conn, params, tags):
    if params[0] == "0":
        with Unordered(model) as u:
            for channel in list(conn.user.channels):
                u.block()
                model.part(conn, channel.name)
        return
    keys = params[1].split(",") if len(params) > 1 else []
    for at, name in enumerate(listed(model, conn, params[0])):
        model.join(conn, name, keys[at] if at < len(keys) else "")


def cmd_part(model, conn, params, tags):
    for name in listed(model, conn, params[0]):
        model.part(conn, name, params[1] if len(params) > 1 else "")


def cmd_kick(model, conn, params, tags):
    reason = params[2] if len(params) > 2 and params[2] else conn.user.nick
    channels = [name for name in params[0].split(",") if name]
    for at, nick in enumerate(listed(model, conn, params[1])):
        model.kick(conn, channels[min(at, len(channels) - 1)], nick, reason)


def cmd_invite(model, conn, params, tags):
    if not params:
        for channel in conn.user.invitations:
            model.numeric(conn, "336", channel.name, text=False)
        model.numeric(conn, "337")
    elif len(params) == 1:
        model.numeric(conn, "461", "INVITE")
    else:
        model.invite(conn, params[0], params[1])


def cmd_knock(model, conn, params, tags):
    model.knock(conn, params[0], params[1] if len(params) > 1 else "")


def cmd_rename(model, conn, params, tags):
    model.rename_channel(conn, params[0], params[1], params[2] if len(params) > 2 else "")


def cmd_topic(model, conn, params, tags):
    if len(params) > 1:
        model.set_topic(conn, params[0], params[1])
        return
    channel = model.channel(params[0])
    if channel is None or not channel.visible_to(conn.user):
        model.numeric(conn, "403", params[0])
    elif channel.topic is None:
        model.numeric(conn, "331", channel.name)
    else:
        model.show_topic(conn, channel)


# ---- MODE ----------------------------------------------------------------------------------------


def cmd_mode(model, conn, params, tags):
    target = params[0]
    if target.startswith("#"):
        channel = model.channel(target)
        if channel is None or not channel.visible_to(conn.user):
            model.numeric(conn, "403", target)
        elif len(params) == 1:
            show_modes(model, conn, channel)
        else:
            channel_modes(model, conn, channel, target, params[1], params[2:])
        return
    user = model.user(target)
    if user is None:
        model.numeric(conn, "401", target)
    elif user is not conn.user:
        model.numeric(conn, "502")
    elif len(params) == 1:
        show_user_modes(model, conn)
    else:
        model.change_user_modes(conn, [(add, letter) for add, letter in signed(params[1])])


def show_user_modes(model, conn):
    model.numeric(conn, "221", "+" + "".join(sorted(conn.user.modes)), text=False)


def signed(letters):
    add = True
    for letter in letters:
        if letter in "+-":
            add = letter == "+"
        else:
            yield add, letter


def show_modes(model, conn, channel):
    values = {"f": channel.forward, "k": channel.key, "l": channel.limit}
    if conn.user not in channel.members and channel.key is not None:
        values["k"] = "*"
    values = {letter: str(value) for letter, value in values.items() if value is not None}
    letters = sorted([*channel.modes, *values])
    shown = [values[letter] for letter in letters if letter in values]
    model.numeric(conn, "324", channel.name, "+" + "".join(letters), *shown, text=False)
    model.numeric(conn, "329", channel.name, text=f"{TIME}made {channel.number}")


LISTS = {"b": ("367", "368"), "e": ("348", "349"), "I": ("346", "347")}


def show_list(model, conn, channel, letter):
    entry, end = LISTS[letter]
    for mask, by, number in channel.lists[letter].values():
        model.numeric(conn, entry, channel.name, mask, by, text=f"{TIME}entry {number}")
    model.numeric(conn, end, channel.name)


def channel_modes(model, conn, channel, asked, letters, params):
    """asked: the name of the channel as it was written, which refusals repeat."""
    changes, params, taken, told = [], list(params), 0, False
    for add, letter in signed(letters):
        param = ""
        if letter in "beIovk" or (letter in "lf" and add):
            if params and taken == 6:
                if not told:
                    model.numeric(conn, "696", asked, letter, params[0], text=ANY)
                told = True
                continue
            if params:
                param, taken = params.pop(0), taken + 1
            elif letter in "beI":
                show_list(model, conn, channel, letter)
                continue
        changes.append((add, letter, param))
    if not changes:
        return
    if conn.user not in channel.members:
        model.numeric(conn, "442", asked)
    elif "o" not in channel.members[conn.user]:
        model.numeric(conn, "482", asked)
    else:
        model.change_channel_modes(conn, channel, asked, changes)


# ---- messages, and what people say of themselves ---------------------------------------------------


def message(model, conn, command, params, tags):
    targets = params[0] if params else ""
    text = params[1] if len(params) > 1 else ""
    if not targets or (command != "TAGMSG" and not text):
        if command != "NOTICE":
            if targets:
                model.numeric(conn, "412")
            else:
                model.numeric(conn, "411", text=f"{TEXT}411 {command}")
        return
    own_tags = {k: v for k, v in tags.items() if k.startswith("+")} if "message-tags" in conn.caps else {}
    for target in listed(model, conn, targets):
        if not services.message(model, conn, command, target, text):
            model.message(conn, command, target, text, own_tags)


def cmd_privmsg(model, conn, params, tags):
    message(model, conn, "PRIVMSG", params, tags)


def cmd_notice(model, conn, params, tags):
    message(model, conn, "NOTICE", params, tags)


def cmd_tagmsg(model, conn, params, tags):
    message(model, conn, "TAGMSG", params, tags)


def cmd_away(model, conn, params, tags):
    text = params[0] if params else ""
    if conn.user:
        model.say_away(conn, text)
    elif PRE_AWAY in conn.caps:
        conn.early_away = text
        model.confirm_away(conn, text)
    else:
        model.numeric(conn, "451")


def cmd_setname(model, conn, params, tags):
    if params[0] and len(params[0]) <= 128:
        model.set_name(conn, params[0])
    else:
        model.fail(conn, "SETNAME", "INVALID_REALNAME")


def question(name):
    return lambda model, conn, params, tags: QUESTIONS[name](model, conn, params)


COMMANDS = {
    "AUTHENTICATE": cmd_authenticate, "AWAY": cmd_away, "CAP": cmd_cap, "CHANSERV": cmd_cs, "CS": cmd_cs,
    "ERROR": nothing, "INVITE": cmd_invite, "JOIN": cmd_join, "KICK": cmd_kick, "KNOCK": cmd_knock,
    "MODE": cmd_mode, "NICK": cmd_nick, "NICKSERV": cmd_ns, "NOTICE": cmd_notice, "NS": cmd_ns,
    "PART": cmd_part, "PING": cmd_ping, "PONG": nothing, "PRIVMSG": cmd_privmsg,
    "QUIT": cmd_quit, "REGISTER": cmd_register, "RENAME": cmd_rename, "SETNAME": cmd_setname, "TAGMSG": cmd_tagmsg,
    "TOPIC": cmd_topic, "USER": cmd_user, **operators.COMMANDS, **watching.COMMANDS,
    **{name: question(name) for name in QUESTIONS},
}  # fmt: skip
