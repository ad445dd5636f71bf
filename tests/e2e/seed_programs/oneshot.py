"""
A client in the manner of seed 002: connects, sends one message with no newline behind it, waits for one reply,
prints it and exits. Its buffers are whole: with "pad" as the last word it sends all 1,500 bytes of one.
"""

import socket
import sys

host, port, text = sys.argv[1], int(sys.argv[2]), sys.argv[3].encode()
server = socket.create_connection((host, port))
server.sendall(text.ljust(1500, b"\0") if sys.argv[4:] == ["pad"] else text)
reply = server.recv(1500)
if not reply:
    sys.exit("the server ended the connection")
sys.stdout.write(reply.decode())
server.close()
