"""The plain dialect: the first line is the name, every other line is a message."""

import irc
import questions
import services
from lines import ANY, Line
from state import LOBBY, fold, valid_nick

__all__ = ["run_line"]


def say(conn, text):
    conn.put(Line(text))


def run_line(model, conn, line):
    if conn.user:
        registered_line(model, conn, line)
    elif conn.asked_account:
        take_password(model, conn, line)
    elif line:
        take_name(model, conn, line)


# ---- the name ------------------------------------------------------------------------------------


def first_line(model, conn, line):
    """What was said first is a name, or the end."""
    if valid_nick(line):
        conn.dialect = "plain"
        take_name(model, conn, line)
    else:
        conn.dialect = "irc"  # so that the goodbye is an ERROR
        model.end(conn, ANY)


def ask(conn):
    say(conn, "* " + ANY)


def is_anothers(model, conn, name):
    """Whether somebody here has the name; not who has it by the account that is logged in to, or to be asked for."""
    holder = model.user(name)
    if holder is None:
        return False
    if holder.account is None:
        return True
    return not conn.owns(holder.account) and fold(holder.account) != fold(name)


def take_name(model, conn, name):
    if not valid_nick(name) or fold(name) in services.NAMES or is_anothers(model, conn, name):
        ask(conn)
    else:
        conn.nick = conn.name = conn.real = name
        conn.asked_account = fold(name) in model.accounts and not conn.owns(name)
        if conn.asked_account:
            ask(conn)
        else:
            enter(model, conn)


def take_password(model, conn, password):
    account = model.accounts[fold(conn.nick)]
    if password != account.password:
        conn.nick, conn.asked_account = None, False
        ask(conn)
        return
    conn.asked_account = False
    if not model.login(conn, account):
        return
    if is_anothers(model, conn, conn.nick):  # since it was asked for
        conn.nick = None
        ask(conn)
    else:
        enter(model, conn)


def enter(model, conn):
    if irc.enter(model, conn) is None:
        if conn.closed:
            return
        conn.nick = None
        ask(conn)
        return
    entered = list(conn.user.channels)
    say(conn, f"* welcome to sockchat, {conn.user.nick}: " + ANY)
    join(model, conn, LOBBY)
    if conn.device:
        irc.show_state(model, conn, entered)


# ---- messages ------------------------------------------------------------------------------------


def to_channel(model, conn, text):
    if conn.target is None:
        say(conn, "! " + ANY)
    elif text:
        model.message(conn, "PRIVMSG", conn.target, text)


def to_name(model, conn, name, text):
    text = text.strip(" ")
    if not name or not text:
        say(conn, "! " + ANY)
    elif fold(name) in services.NAMES:
        services.run(model, conn, fold(name), text.split())
    elif name.startswith("#"):
        say(conn, "! " + ANY)
    elif model.message(conn, "PRIVMSG", name, text):
        say(conn, f"[you -> {name}] " + "".join(c for c in text if c >= " "))


# ---- commands ------------------------------------------------------------------------------------


def join(model, conn, name):
    inside = name_of(model.channel(name)) if model.channel(name) in conn.user.channels else None
    channel = model.join(conn, name)
    if channel:
        conn.target = channel.name
        if inside:
            say(conn, f"* you speak in {channel.name} now")


def name_of(channel):
    return channel.name if channel else None


def named_or_current(conn, rest):
    """The channel that is named first in the rest, else the current one; and what is left of it."""
    if rest.startswith("#"):
        name, _, rest = rest.partition(" ")
    else:
        name = conn.target
    if name is None:
        say(conn, "! " + ANY)
    return name, rest.strip(" ")


def do_away(model, conn, rest):
    model.say_away(conn, rest)


def do_join(model, conn, rest):
    name = rest.split(" ")[0]
    if name.startswith("#"):
        join(model, conn, name)
    else:
        say(conn, "! " + ANY)


def do_list(model, conn, rest):
    questions.list_channels(model, conn, [rest] if rest else [])


def do_me(model, conn, rest):
    if conn.target is None:
        say(conn, "! " + ANY)
    elif rest:
        model.message(conn, "PRIVMSG", conn.target, f"\1ACTION {rest}\1")


def do_msg(model, conn, rest):
    name, _, text = rest.partition(" ")
    to_name(model, conn, name, text)


def do_names(model, conn, rest):
    name, rest = named_or_current(conn, rest)
    if name is None:
        return
    channel = model.channel(name)
    if channel and channel.visible_to(conn.user):
        model.names(conn, channel)
    else:
        say(conn, f"! there is no channel {name}")


def do_nick(model, conn, rest):
    irc.run(model, conn, "NICK", [rest.split(" ")[0]], {})


def do_part(model, conn, rest):
    name, reason = named_or_current(conn, rest)
    if name is None:
        return
    if model.part(conn, name, reason) is None:
        return
    if conn.target is not None and fold(conn.target) == fold(name):
        speak_elsewhere(conn, name)
    elif conn.target is not None:
        say(conn, f"* you left {name}; you speak in {conn.target} now")
    else:
        say(conn, f"* you left {name}")


def speak_elsewhere(conn, name):
    """In which of the others it speaks then is the server's choice."""
    choices = [channel.name for channel in conn.user.channels]
    if not choices:
        conn.target = None
        say(conn, f"* you left {name}")
        return
    sentences = {f"* you left {name}; you speak in {c} now": c for c in choices}
    conn.target = choices[0]

    def then(sentence):
        conn.target = sentences[sentence]

    conn.put(Line(list(sentences), None, then))


def do_quit(model, conn, rest):
    model.end(conn, f"Quit: {rest}" if rest else "Quit")


def do_topic(model, conn, rest):
    name, text = named_or_current(conn, rest)
    if name is None:
        return
    channel = model.channel(name)
    if not text and channel and channel.visible_to(conn.user) and channel.topic is None:
        say(conn, f"* {channel.name} has no topic")
    else:
        irc.cmd_topic(model, conn, [name, text] if text else [name], {})


def do_who(model, conn, rest):
    user = model.user(rest.split(" ")[0]) if rest else None
    if user is None:
        do_names(model, conn, "")
        return
    away = "" if user.away is None else f", away: {user.away}"
    say(conn, f"* {user.nick} is {user.user}@{user.host} ({user.real}){away}")


PLAIN_COMMANDS = {
    "away": do_away, "join": do_join, "list": do_list, "me": do_me, "msg": do_msg, "names": do_names,
    "nick": do_nick, "part": do_part, "quit": do_quit, "topic": do_topic, "who": do_who,
}  # fmt: skip


def registered_line(model, conn, line):
    if line in ("\\quit", "exit"):
        model.end(conn, "Quit")
    elif line.startswith("@"):
        name, _, text = line[1:].partition(" ")
        to_name(model, conn, name, text)
    elif line.startswith("//"):
        to_channel(model, conn, line[1:])
    elif line.startswith("/"):
        name, _, rest = line[1:].partition(" ")
        if name.lower() in PLAIN_COMMANDS:
            PLAIN_COMMANDS[name.lower()](model, conn, rest.strip(" "))
        else:
            say(conn, f"! there is no command /{name}; /help lists them; the line was not sent")
    else:
        to_channel(model, conn, line)
