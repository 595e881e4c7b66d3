"""Print what the service at an address reads in a photo, once it listens: `ask_service.py ADDRESS PHOTO`."""

import pathlib
import sys

import httpx


def main(address: str, photo: str) -> None:
    """Ask it."""
    waiting = httpx.HTTPTransport(retries=7)  # 0, 0.5, 1, 2 … seconds apart: a minute until it must listen
    with httpx.Client(transport=waiting, trust_env=False, timeout=60) as client:
        answer = client.post(f"{address}/read", files={"photo": pathlib.Path(photo).read_bytes()})
        sys.stdout.write(answer.raise_for_status().json()["text"] + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
