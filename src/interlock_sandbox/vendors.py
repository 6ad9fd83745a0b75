"""Every simulated vendor by name; each is imported only when it is started."""

from importlib import import_module
from typing import Final, cast

from starlette.applications import Starlette

from interlock_sandbox.network import App, Network
from interlock_sandbox.world import Build, World

VENDORS: Final = (
    "salesforce",
    "netsuite",
    "stripe",
    "avalara",
    "tryton",
    "odoo",
    "filedrop",
    "homegrown",
    "subscriber",
)


def application(world: World) -> App:
    """Return the vendor of `world` behind its network."""
    build = cast("Build", import_module(f"interlock_sandbox.{world.vendor}").build)
    app: Starlette = build(world)
    return Network(cast("App", app), world)
