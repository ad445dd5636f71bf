"""Changes of modes: of channels and of users."""

from lines import ANY, Event
from state import complete, fold


class Modes:
    """A part of the Model."""

    def change_channel_modes(self, conn, channel, asked, changes):
        """changes: (add, letter, parameter). Each is checked and made for itself, in order."""
        done, refusals = [], []
        for add, letter, param in changes:
            what = self.change_one(conn, channel, add, letter, param, refusals)
            if what is not None:
                done.append((add, letter, what))
        if done:
            text = mode_text(done)
            sentence = f"* {conn.user.nick} set {' '.join(text)}" + self.place(channel, "on ")
            members = self.conns_of(channel.members)
            self.tell(members, Event(), conn.user, "MODE", (channel.name, *text), sentence)
        for number, *words in refusals:
            words = [asked if word is channel else word for word in words]
            self.numeric(conn, number, *words, text=ANY if number == "696" else None)

    def change_one(self, conn, channel, add, letter, param, refusals):
        """What took effect, as the parameter that others see ("" for none); None: nothing did."""
        if letter in "beI":
            return self.change_list(conn, channel, add, letter, param, refusals)
        if letter in "ov":
            return self.change_member(channel, add, letter, param, refusals)
        if letter == "k":
            return self.change_key(channel, add, param, refusals)
        if letter == "l":
            return self.change_limit(channel, add, param, refusals)
        if letter == "f":
            return self.change_forward(conn, channel, add, param, refusals)
        if letter not in "imnstuCKMRU":
            refusals.append(("472", letter))
            return None
        if (letter in channel.modes) == add:
            return None
        channel.modes ^= {letter}
        return ""

    def change_list(self, conn, channel, add, letter, param, refusals):
        entries = channel.lists[letter]
        if not param:
            refusals.append(("696", channel, letter, "*"))
            return None
        mask = complete(param, letter)
        if mask is None:
            refusals.append(("696", channel, letter, param))
            return None
        if (fold(mask) in entries) == add:
            return None
        if add and len(entries) >= 100:
            refusals.append(("478", channel, letter))
            return None
        if add:
            self.topics += 1
            entries[fold(mask)] = (mask, conn.user.mask, self.topics)
        else:
            del entries[fold(mask)]
        return mask

    def change_member(self, channel, add, letter, param, refusals):
        user = self.user(param)
        if not param:
            refusals.append(("696", channel, letter, "*"))
        elif user is None:
            refusals.append(("401", param))
        elif user not in channel.members:
            refusals.append(("441", param, channel))
        elif (letter in channel.members[user]) != add:
            channel.members[user] ^= {letter}
            return user.nick
        return None

    def change_key(self, channel, add, param, refusals):
        if not add:
            had, channel.key = channel.key, None
            return "*" if had is not None else None
        if not param:
            refusals.append(("696", channel, "k", "*"))
            return None
        if len(param) > 23 or "," in param or " " in param:
            refusals.append(("525", channel))
            return None
        had, channel.key = channel.key, param
        return param if had != param else None

    def change_limit(self, channel, add, param, refusals):
        if not add:
            had, channel.limit = channel.limit, None
            return "" if had is not None else None
        if not param:
            refusals.append(("696", channel, "l", "*"))
            return None
        if not param.isdigit() or not 1 <= int(param) <= 1000000000:
            refusals.append(("696", channel, "l", param))
            return None
        had, channel.limit = channel.limit, int(param)
        return str(int(param)) if had != channel.limit else None

    def change_forward(self, conn, channel, add, param, refusals):
        """Only to where one is operator as well."""
        had = channel.forward
        if not add:
            channel.forward = None
            return "" if had is not None else None
        other = self.channel(param)
        if not param:
            refusals.append(("696", channel, "f", "*"))
        elif other is None or other is channel or not other.visible_to(conn.user):
            refusals.append(("696", channel, "f", param))
        elif "o" not in other.members.get(conn.user, ()):
            refusals.append(("482", param))
        elif had != other.name:
            channel.forward = other.name
            return other.name
        return None

    def change_user_modes(self, conn, changes):
        user, done = conn.user, []
        unknown = 0
        for add, letter in changes:
            if letter not in "BRTgiow":
                unknown += 1
            elif (letter in user.modes) != add and not (letter == "o" and add):
                user.modes ^= {letter}
                done.append((add, letter, ""))
        if done:
            text = mode_text(done)
            sentence = f"* {user.nick} set {' '.join(text)}"
            self.tell(user.conns, Event(), user, "MODE", (user.nick, *text), sentence)
        for _ in range(unknown):
            self.numeric(conn, "501")


def mode_text(done):
    """ "+o-v", "alice", "bob" """
    letters, sign = "", None
    for add, letter, _ in done:
        if add != sign:
            letters += "+" if add else "-"
            sign = add
        letters += letter
    return [letters] + [param for _, _, param in done if param]
