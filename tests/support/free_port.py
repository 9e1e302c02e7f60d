#!/usr/bin/env python3
"""A free port of 127.0.0.1 for a server that is started in a moment: free_port.py prints it. It is below those that the kernel
gives to whoever asks for none in particular, connections that go out among them: until the server listens nobody else gets it."""
import random
import socket


def free_port():
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as f:
        end = max(int(f.read().split()[0]), 12000)
    for _ in range(1000):
        port = random.SystemRandom().randrange(10000, end)
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise SystemExit("free_port: none is free")


if __name__ == "__main__":
    print(free_port())
