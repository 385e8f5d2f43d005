"""Sends webhooks as fast as they are taken: `python load.py '{"port": …, "path": …, …}'`, a process of its own.

Prints one JSON line: requests, seconds, p50 and p99 in ms, and how many answers had which status.
"""

import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

BODY = (
    '{"update_id":%d,"message":{"message_id":%d,"date":1767225600,"text":"qual o prazo de entrega?",'
    '"from":{"id":%d,"is_bot":false,"first_name":"Bia","language_code":"pt-br"},'
    '"chat":{"id":%d,"type":"private","first_name":"Bia"}}}'
)


@dataclass
class Job:
    """What to send and where."""

    port: int
    path: str
    headers: dict[str, str]
    requests: int
    connections: int
    first_id: int
    took: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    async def run(self) -> float:
        """Send everything over keep-alive connections; the seconds that took."""
        ids = iter(range(self.first_id, self.first_id + self.requests))
        began = time.perf_counter()
        await asyncio.gather(*(self._send(ids) for _ in range(self.connections)))
        return time.perf_counter() - began

    async def _send(self, ids: "itertools.count[int] | object") -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        named = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        head = f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{named}Content-Length: "
        for number in ids:  # type: ignore[attr-defined]
            body = BODY % (number, number, number % 5000 + 1, number % 5000 + 1)
            began = time.perf_counter()
            writer.write(f"{head}{len(body)}\r\n\r\n{body}".encode())
            answer = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(answer))
            self.took.append(time.perf_counter() - began)
            self.statuses[answer[9:12].decode()] += 1
        writer.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line[15:])
    return 0


def main() -> None:
    job = Job(**json.loads(sys.argv[1]))
    seconds = asyncio.run(job.run())
    took = sorted(job.took)
    summary = {
        "requests": len(took),
        "seconds": seconds,
        "p50": 1000 * took[len(took) // 2],
        "p99": 1000 * took[len(took) * 99 // 100],
        "statuses": dict(job.statuses),
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
