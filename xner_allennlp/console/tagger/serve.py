"""The subcommand `xner-tagger serve`."""

import argparse
import errno
import socket
import sys
from contextlib import suppress
from pathlib import Path

from xner_allennlp.common.arguments import add_language, positive
from xner_allennlp.common.errors import InputError
from xner_allennlp.console.command_line import Command

_MEGABYTE = 2**20


class Serve(Command):
    """Serves a tagger over HTTP."""

    name = "serve"
    help = "tag text on a page in the browser, and over HTTP"
    description = """\
Serve a tagger until Ctrl-C: a page on which text is pasted and its entities are
seen, and for programs POST /tag (JSON; /openapi.json describes it). Nobody else
is asked for anything. Whoever reaches the port may use it: there is no password.
It needs FastAPI and uvicorn (the extra `serve`)."""
    examples = """\
  xner-tagger serve nl_tagger
  curl http://127.0.0.1:8000/tag -H 'Content-Type: application/json' \\
      -d '{"text": "Máxima bezocht Zwolle.", "threshold": 0.5}'
  # For other machines, too:
  xner-tagger serve nl_tagger --host 0.0.0.0 --port 80"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "tagger",
            metavar="TAGGER",
            help="a folder that `xner-tagger export` made, which starts faster, or an archive",
        )
        parser.add_argument(
            "--host",
            default="127.0.0.1",
            help="the address to listen on (default: 127.0.0.1, this machine alone)",
        )
        parser.add_argument(
            "--port", type=_port, default=8000, help="0 takes any free one (default: 8000)"
        )
        parser.add_argument(
            "--max-megabytes",
            type=positive,
            default=4,
            metavar="N",
            help="the largest request that is taken (default: 4, two thousand pages)",
        )
        add_language(parser, "the text that an archive is to tag", default=None)
        parser.add_argument("--device", default="cpu", help="as in torch, e.g. cuda (default: cpu)")

    def run(self, args: argparse.Namespace) -> int:
        try:
            import fastapi  # noqa: F401
            import uvicorn
        except ModuleNotFoundError as error:
            raise InputError(
                f"xner-tagger serve needs FastAPI and uvicorn ({error}); install them: "
                "pip install fastapi uvicorn, or pip install 'xner_allennlp[serve]'"
            ) from None
        path = Path(args.tagger)
        if not path.exists():
            raise InputError(
                f"there is no tagger {path}; name a folder that `xner-tagger export` made, or a "
                "model.tar.gz"
            )
        # Bound before the tagger is loaded, so that a port in use is told at once.
        with _bound_socket(args.host, args.port) as listener:
            from xner_allennlp.serving.application import make_application
            from xner_allennlp.tagger import Tagger

            tagger = Tagger.load(path, language=args.language, device=args.device)
            application = make_application(tagger, _title(path), args.max_megabytes * _MEGABYTE)
            listener.listen()
            port = listener.getsockname()[1]
            host = f"[{args.host}]" if ":" in args.host else args.host
            sys.stdout.write(
                f"{path} ({', '.join(tagger.entity_types)}) is on http://{host}:{port}/ "
                "until Ctrl-C\n"
            )
            sys.stdout.flush()
            server = uvicorn.Server(uvicorn.Config(application, log_level="warning"))
            with suppress(KeyboardInterrupt):  # which uvicorn raises when it has ended
                server.run(sockets=[listener])
        return 0


def _port(text: str) -> int:
    """The type of an argument that is a TCP port."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port, from 0 to 65535")
    return int(text)


def _title(path: Path) -> str:
    """`nl_tagger` of a folder, `nl/model.tar.gz` of an archive."""
    parts = path.resolve().parts
    return "/".join(parts[-1:] if path.is_dir() else parts[-2:])


def _bound_socket(host: str, port: int) -> socket.socket:
    """Raises `InputError` if the address is in use or not to be had."""
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise InputError(f"--host {host} is no address of this machine ({error})") from None
    listener = socket.socket(family, kind, protocol)
    # A port is free again at once when its last server has ended.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        remedy = "name another one by --port; 0 takes any free one"
        if error.errno == errno.EADDRNOTAVAIL:
            remedy = "name one of this machine by --host"
        raise InputError(f"{host} port {port} cannot be had ({error.strerror}); {remedy}") from None
    return listener
