"""NickServ and ChanServ."""

from lines import ANY, Line, body
from state import SERVER, fold

NAMES = {"nickserv": "NickServ", "chanserv": "ChanServ"}


def says(model, conn, service):
    name = NAMES[service]
    if conn.plain:
        conn.put(Line(f"[{name} -> you] " + ANY))
    else:
        model.reply(conn, body(f"{name}!{name}@{SERVER}", "NOTICE", conn.shown_nick, ANY))


def run(model, conn, service, words):
    (nickserv if service == "nickserv" else chanserv)(model, conn, words)


def message(model, conn, command, target, text):
    """A message to one of them; False: the target is none."""
    service = fold(target)
    if service not in NAMES:
        return False
    if command != "TAGMSG" and "echo-message" in conn.caps:
        model.reply(conn, body(conn.user.mask, command, NAMES[service], text))
    if command == "PRIVMSG":
        run(model, conn, service, text.split())
    return True


def nickserv(model, conn, words):
    """What the model knows of NickServ; one answer to everything but what follows from it."""
    command = words[0].upper() if words else ""
    if command == "IDENTIFY" and len(words) > 1:
        name, password = words[1:3] if len(words) > 2 else (conn.user.nick, words[1])
        account = model.accounts.get(fold(name))
        if account and account.password == password:
            model.login(conn, account)
    elif command == "LOGOUT" and conn.own_account:
        model.change_account(conn.user, None)
        if conn.plain:
            conn.put(Line("* you are logged out"))
        else:
            model.numeric(conn, "901", conn.user.mask)
    elif command == "SET" and len(words) > 2 and words[1].upper() == "ALWAYS-ON" and conn.own_account:
        if words[2].lower() in ("yes", "no"):
            model.accounts[fold(conn.own_account)].always_on = words[2].lower() == "yes"
    says(model, conn, "nickserv")


def chanserv(model, conn, words):
    """One answer to everything but to OP that does what is asked for, and a line for each that AOP lists."""
    command, name, *rest = [*words, "", ""][: max(2, len(words))]
    command, user = command.upper(), conn.user
    channel = model.channel(name)
    if channel and not (channel.visible_to(user) or channel.trusts(user) or "o" in user.modes):
        channel = None
    answers = 1
    if channel and command == "REGISTER" and user.account:
        model.register_channel(user, channel)
    elif channel and command == "DROP" and channel.founder:
        says(model, conn, "chanserv")
        model.drop_channel(user, channel)
        return
    elif channel and command == "OP" and channel.trusts(user) and user in channel.members:
        model.make_operators(user, user.channels)
        return
    elif channel and command == "AOP" and channel.founder and user.account and rest:
        answers += change_operators(model, user, channel, rest)
    for _ in range(answers):
        says(model, conn, "chanserv")


def change_operators(model, user, channel, words):
    """How many of them are listed."""
    what, account = words[0].upper(), fold(words[1]) if len(words) > 1 else None
    if what == "LIST":
        return len(channel.operators)
    if account and channel.belongs_to(user):
        if what == "ADD" and account in model.accounts:
            channel.operators[account] = model.accounts[account].name
        elif what == "DEL":
            channel.operators.pop(account, None)
    return 0
