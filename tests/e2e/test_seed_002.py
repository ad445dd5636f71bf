"""
Seed 002: many clients through one public server, a table of names, messages forwarded by name, a quit message,
and a client that sends one message, prints one reply and exits.

Here: `sockchat connect` as those clients.
"""


def test_one_message_one_reply_and_exit(server, run, spawn):
    s = server("--show-messages")
    responder = spawn("connect", "127.0.0.1", str(s.port), "--name", "responder", input=True)
    one_shot = spawn("connect", "127.0.0.1", str(s.port), "--name", "client", "--once", input=True)
    one_shot.write("Hello")
    one_shot.close_input()  # no newline: the end of input ends the message
    responder.out.wait("^client: Hello$")
    responder.write("Hello from the other side\n")
    assert one_shot.wait() == 0
    assert one_shot.out.lines == ["responder: Hello from the other side"]
    s.out.wait("^client -> #lobby: Hello$")
    responder.close_input()
    assert responder.wait() == 0


def test_messages_go_to_whom_they_name(server, spawn, run):
    s = server()
    names = ["ann", "ben", "cat", "dan"]
    sitting = {
        name: spawn("connect", "--unix", s.path, "--name", name, "--channel", "", input=True)
        for name in names
    }
    for name in names:
        s.err.wait(f"event=registered.*nick={name} ")
    for sender in names:
        for to in names:
            done = run("connect", "--unix", s.path, "--name", f"from_{sender}", "--to", to, input=f"for {to}\n")
            assert done.returncode == 0
    for name, process in sitting.items():
        process.out.wait(" for ", len(names))
        assert process.out.lines == [f"[from_{sender} -> you] for {name}" for sender in names]
        process.close_input()
        assert process.wait() == 0


def test_a_message_of_any_size_arrives_whole(server, spawn, run):
    """Framing and partial sends and receives are the program's business, not the person's."""
    s = server("--input-rate", "0")
    reader = spawn("connect", "--unix", s.path, "--name", "reader", input=True)
    s.err.wait("nick=reader ")
    text = "".join(f"{i:07d}" for i in range(3000))
    done = run("connect", "--unix", s.path, "--name", "writer", "--to", "reader", input=text + "\nend\n")
    assert done.returncode == 0
    reader.out.wait(r"\] end$")
    assert "".join(line.split("] ", 1)[1] for line in reader.out.lines) == text + "end"


def test_who_quits_says_so(server, run):
    s = server()
    observer = s.irc("observer", channel="#lobby")
    assert run("connect", "--unix", s.path, "--name", "ann", input="bye\n").returncode == 0
    observer.expect("^:ann!.* PRIVMSG #lobby :bye$")
    observer.expect("^:ann!.* QUIT ")
    assert s.irc("ann")  # the name is free again


def test_a_server_that_is_not_there_is_an_error(run):
    done = run("connect", "127.0.0.1", "1", input="Hello")
    assert done.returncode == 4
    assert done.stdout == "" and "127.0.0.1" in done.stderr
