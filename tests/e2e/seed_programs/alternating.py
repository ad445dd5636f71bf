#!/usr/bin/env python3
"""
A chat of two in the manner of seed 000: one writes, then the other, each message in a buffer of 1,500
bytes, no newline on the wire, `exit` ends. What goes on is printed; what to say is read from standard input.

    alternating.py server [PORT]        0, or none: any, printed
    alternating.py client ADDRESS PORT
    --bare                              sends the text alone instead of the whole padded buffer
"""

import socket
import sys
import time

BUFFER = 1500


class Chat:
    def __init__(self, sock, other, bare):
        self.sock, self.other, self.bare = sock, other, bare
        self.read = self.written = 0
        self.start = time.monotonic()

    def listen(self):
        """One message; False when the other side has quit."""
        print(f"Awaiting {self.other.lower()} response...", flush=True)
        data = self.sock.recv(BUFFER)
        self.read += len(data)
        message = data.split(b"\0")[0]
        if message == b"exit" or not data:
            print(f"{self.other} has quit the session", flush=True)
            return False
        print(f"{self.other}: {message.decode()}", flush=True)
        return True

    def speak(self):
        """One message; False when we quit."""
        print(">", end="", flush=True)
        message = sys.stdin.readline().rstrip("\n").encode()
        self.sock.sendall(message if self.bare else message.ljust(BUFFER, b"\0"))
        self.written += len(message) if self.bare else BUFFER
        return message != b"exit"

    def finish(self):
        self.sock.close()
        print("********Session********")
        print(f"Bytes written: {self.written} Bytes read: {self.read}")
        print(f"Elapsed time: {int(time.monotonic() - self.start)} secs")
        print("Connection closed", flush=True)


def server(port, bare):
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen(5)
    print(f"Waiting for a client to connect... {listening.getsockname()[1]}", flush=True)
    chat = Chat(listening.accept()[0], "Client", bare)
    print("Connected with client!", flush=True)
    while chat.listen() and chat.speak():
        pass
    chat.finish()


def client(address, port, bare):
    chat = Chat(socket.create_connection((address, port)), "Server", bare)
    print("Connected to the server!", flush=True)
    while chat.speak() and chat.listen():
        pass
    chat.finish()


def main(words):
    bare = "--bare" in words
    words = [w for w in words if w != "--bare"]
    if words[0] == "server":
        server(int(words[1]) if len(words) > 1 else 0, bare)
    else:
        client(words[1], int(words[2]), bare)


main(sys.argv[1:])
