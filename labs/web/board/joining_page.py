"""The joining page of the board: address, learners who wait or joined, and the instructor's actions."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labs.errors import UsageError
from labs.workshop.joining import Joining

if TYPE_CHECKING:
    from werkzeug.wrappers import Request, Response


@dataclass(frozen=True, slots=True)
class JoiningPage:
    """The page and its actions."""

    joining: Joining

    def about(self) -> dict[str, Any]:
        """The values of the template."""
        from markupsafe import Markup

        seats, addresses = self.joining.seats(), self.joining.addresses
        return {
            "addresses": addresses,
            "qr": Markup(_qr(addresses[-1])) if addresses else "",  # noqa: S704 - segno writes numbers only
            "waiting": [each for each in seats if each.waiting],
            "joined": [each for each in seats if not each.waiting],
        }

    def act(self, request: Request) -> Response:
        """Opens or closes joining, approves a learner, or removes a seat."""
        from werkzeug.utils import redirect

        match request.form.get("do"):
            case "open" | "close" as do:
                self.joining.set_open(do == "open")
            case "approve":
                self.joining.approve(request.form.get("name", ""))
            case "remove":
                self.joining.remove(request.form.get("name", ""))
            case _:
                raise UsageError("There is no such action.")
        return redirect("/joining", 303)


def _qr(address: str) -> str:
    """A QR code of the address as SVG, dark on light in both themes."""
    import segno

    picture = io.BytesIO()
    segno.make(address, error="l").save(
        picture,
        kind="svg",
        xmldecl=False,
        svgns=False,
        light="white",
        title="QR code of the address",
        omitsize=True,
    )
    return picture.getvalue().decode()
