"""
A bot made with Python's irc library, for test_real_scenes.py: PORT NICK ACCOUNT PASSWORD CHANNEL. It logs in by
NickServ, joins, prints what it hears, and does what standard input says: say TEXT, tell NICK TEXT, nick NICK,
quit TEXT.
"""

import sys
import threading

import irc.bot


class Bot(irc.bot.SingleServerIRCBot):
    def __init__(self, port, nick, account, password, channel):
        super().__init__([("127.0.0.1", port)], nick, nick, reconnection_interval=0.1)
        self.leaving = False
        self.account, self.password, self.channel = account, password, channel

    def on_welcome(self, connection, event):
        connection.privmsg("NickServ", f"IDENTIFY {self.account} {self.password}")

    def on_privnotice(self, connection, event):
        if "logged in" in event.arguments[0]:
            connection.join(self.channel)

    def on_disconnect(self, connection, event):
        if self.leaving:
            sys.exit(0)

    def on_join(self, connection, event):
        if event.source.nick == connection.get_nickname():
            print("joined", flush=True)

    def on_nick(self, connection, event):
        print(f"{event.source.nick} is {event.target}", flush=True)

    def on_pubmsg(self, connection, event):
        print(f"<{event.source.nick}> {event.arguments[0]}", flush=True)

    def on_privmsg(self, connection, event):
        print(f"[{event.source.nick}] {event.arguments[0]}", flush=True)

    def obey(self):
        for line in sys.stdin:
            verb, _, rest = line.rstrip("\n").partition(" ")
            if verb == "say":
                self.connection.privmsg(self.channel, rest)
            elif verb == "tell":
                self.connection.privmsg(*rest.split(" ", 1))
            elif verb == "nick":
                self.connection.nick(rest)
            elif verb == "quit":
                self.leaving = True
                self.connection.quit(rest)


bot = Bot(int(sys.argv[1]), *sys.argv[2:6])
threading.Thread(target=bot.obey, daemon=True).start()
bot.start()
