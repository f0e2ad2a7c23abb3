"""LocalStack's gateway on the address of `GATEWAY_LISTEN` alone: chosen by `GATEWAY_SERVER=loopback`.

LocalStack's own server binds every interface for an IPv4 address, and does not notice that a port is taken.
"""

from localstack import config
from localstack.runtime.server.core import RuntimeServerPlugin
from localstack.runtime.server.twisted import TwistedRuntimeServer
from rolo.gateway import Gateway
from rolo.serving.twisted import TwistedGateway
from twisted.internet import reactor


class LoopbackServerPlugin(RuntimeServerPlugin):
    name = "loopback"

    def load(self, *_args, **_kwargs):
        return LoopbackServer()


class LoopbackServer(TwistedRuntimeServer):
    """Plain HTTP: what does not leave the machine needs no certificate."""

    def register(self, gateway: Gateway, listen: list[config.HostAndPort], ssl_creds: tuple[str, str] | None = None):
        site = TwistedGateway(gateway)
        for address in listen:
            if not is_loopback(address.host):
                raise ValueError(f"GATEWAY_LISTEN={address} is not a loopback address")
            reactor.listenTCP(address.port, site, interface=address.host)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    return host == "::1" or host.startswith("127.")
