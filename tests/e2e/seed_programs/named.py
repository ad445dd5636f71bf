#!/usr/bin/env python3
r"""
A chat of two in the manner of seed 003: the client says its name first (10 characters at most, no white
space), then messages alternate (500 characters at most), until one of the two says \quit. The client then
ends; the server waits for the next one. No newline on the wire. What to say is read from standard input.

    named.py server [PORT]              0, or none: any, printed
    named.py client ADDRESS PORT
"""

import socket
import sys

NAME, MESSAGE = 10, 500
QUIT = r"\quit"


def say(line):
    print(line, flush=True)


def ask(prompt):
    print(prompt, end="", flush=True)
    return sys.stdin.readline().rstrip("\n")


def hear(sock):
    """One message, or None at the end."""
    data = sock.recv(4 * MESSAGE + 1)  # bytes; a character has up to four
    return data.decode().rstrip("\r\n") if data else None


def alternate(sock, other, speaking):
    while True:
        if speaking:
            message = ask("> ")
            if len(message) > MESSAGE:
                say("too long")
                continue
            sock.sendall(message.encode())
        else:
            message = hear(sock)
            if message is not None:
                say(f"{other}> {message}")
        if message in (QUIT, None):
            return
        speaking = not speaking


def server(port):
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen(5)
    say(f"waiting for connections on port {listening.getsockname()[1]}")
    while True:
        sock = listening.accept()[0]
        name = hear(sock)
        say(f"connected with {name}")
        alternate(sock, name, False)
        sock.close()
        say("closed; waiting for connections")


def client(address, port):
    sock = socket.create_connection((address, port))
    say("connected")
    while True:
        name = ask("name: ")
        if 0 < len(name) <= NAME and not any(c.isspace() for c in name):
            break
        say("not a name")
    sock.sendall(name.encode())
    alternate(sock, "server", True)
    sock.close()
    say("closed")


def main(words):
    if words[0] == "server":
        server(int(words[1]) if len(words) > 1 else 0)
    else:
        client(words[1], int(words[2]))


main(sys.argv[1:])
