"""What is measured: one row a case, and which figures of it are shown."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Figure:
    """A number of a result. `unit` and `scale` are for people: shown is value * scale."""

    key: str
    title: str
    unit: str = ""
    scale: float = 1
    more_is_better: bool = True


RATE = Figure("deliveries_per_s", "deliveries/s", "M", 1e-6)
CPU = Figure("cpu_s_per_million", "server CPU, s per million", more_is_better=False)
P99 = Figure("p99_ms", "p99", "ms", more_is_better=False)
CONNECTS = Figure("connects_per_s", "connects/s")
JOINED = Figure("seconds", "all are in", "s", more_is_better=False)
HEARD = Figure("all_heard_s", "all heard of all", "s", more_is_better=False)
MEMORY = Figure("bytes_per_client", "bytes a client", more_is_better=False)
IDLE_CPU = Figure("server_load", "CPU while idle", "%", 100, more_is_better=False)
OFFERED = Figure("offered_per_s", "deliveries/s with p99 ≤ 50 ms", "M", 1e-6)


@dataclasses.dataclass(frozen=True)
class Case:
    """`options` are the loader's. `guess` is what a run takes in seconds, until one was seen."""

    name: str
    title: str
    mode: str
    options: tuple
    figures: tuple
    cap: int = 120  # seconds; a server that needs longer is said to
    guess: float = 6
    not_for: tuple = ()  # dialects that have no such thing
    timed: bool = True  # takes --seconds


def _fan(members, senders, window):
    return ("--members", str(members), "--senders", str(senders), "--window", str(window))


CASES = [
    Case(
        "fan1000x100w8",
        "1,000 members, 100 senders, 8 in flight",
        "fanout",
        _fan(1000, 100, 8),
        (RATE, CPU, P99),
    ),
    Case(
        "fan10000x1w32",
        "10,000 members, 1 sender, 32 in flight",
        "fanout",
        _fan(10000, 1, 32),
        (RATE, CPU),
        cap=200,  # before it can speak, ten thousand join one channel
        guess=25,
    ),
    Case(
        "fan100w1",
        "100 members, 1 sender, 1 in flight",
        "fanout",
        _fan(100, 1, 1),
        (CPU, RATE, P99),
    ),
    Case("fan10w1", "10 members, 10 senders, 1 in flight", "fanout", _fan(10, 10, 1), (P99, CPU)),
    Case(
        "pairs500w32",
        "500 pairs, 32 in flight",
        "pairs",
        ("--members", "1000", "--window", "32"),
        (RATE, CPU),
    ),
    Case(
        "connect10000",
        "10,000 connect and register",
        "connect",
        ("--members", "10000"),
        (CONNECTS,),
        timed=False,
    ),
    Case(
        "join10000",
        "10,000 join one channel",
        "connect",
        ("--members", "10000", "--one-channel"),
        (HEARD, JOINED),
        guess=60,
        not_for=("raw", "nats"),
        timed=False,
    ),
    Case(
        "idle10000",
        "10,000 idle, ten in a channel",
        "idle",
        ("--members", "10000"),
        (MEMORY, IDLE_CPU),
        guess=12,
        timed=False,
    ),
    Case(
        "openloop100",
        "open loop, 100 members, 10 senders",
        "open-loop",
        (
            "--members",
            "100",
            "--senders",
            "10",
            "--rate",
            "500",
            "--ramp",
            "1.4",
            "--most-rate",
            "400000",
        ),
        (OFFERED,),
        guess=30,
    ),
]
