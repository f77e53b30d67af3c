"""The joining site: instructions to deploy a role, and a form for name and role ARN.

It has its own token, which does not open the board.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labs.errors import JoinRefused
from labs.web.app import Route, SubSite, download
from labs.web.templating import render
from labs.workshop.joining import Joining, JoinRequest

if TYPE_CHECKING:
    from werkzeug.wrappers import Request, Response

HOME = "/join"
TEMPLATE_FILE = "labs-check.json"
COOKIE_SECONDS = 30 * 24 * 3600
TYPED = ("name", "role_arn", "code")
COMMANDS = f"""cat > {TEMPLATE_FILE} <<'END'
{{template}}
END
aws cloudformation deploy --stack-name labs-check --template-file {TEMPLATE_FILE} \\
  --capabilities CAPABILITY_NAMED_IAM
aws cloudformation describe-stacks --stack-name labs-check --output text \\
  --query "Stacks[0].Outputs[?OutputKey=='RoleArn'].OutputValue\""""


@dataclass(frozen=True, slots=True)
class JoinSite:
    """The joining site of a workshop; `template` returns the CloudFormation template for an external id."""

    joining: Joining
    title: str
    template: Callable[[str], Mapping[str, Any]]

    @property
    def name(self) -> str:
        """The title of the workshop."""
        return self.title

    def routes(self) -> Iterable[Route]:
        """The page, the form's action, and the template as a download."""
        return [
            Route(HOME, self.page),
            Route(HOME, self.join, "POST"),
            Route(f"{HOME}/{TEMPLATE_FILE}", self.file),
        ]

    def revision(self) -> object:
        """Constant: pages are not cached, each browser has its own."""
        return None

    def sub_site(self) -> SubSite:
        """The joining site as a sub-site of the board."""
        return SubSite(self, HOME, self.joining.token)

    def page(self, request: Request) -> Response:
        """The instructions, or the status of a browser that has joined."""
        return self._page(request, self._external_id(request))

    def join(self, request: Request) -> Response:
        """Lets a learner join. An error is shown above the form, which keeps its values."""
        from werkzeug.utils import redirect

        form = {key: request.form.get(key, "") for key in TYPED}
        kept = request.cookies.get(_cookie(request), "")
        try:
            self.joining.join(JoinRequest(**form, external_id=kept, address=request.remote_addr or ""))
        except JoinRefused as error:
            return self._page(request, self._external_id(request), form, str(error), 400)
        return redirect(HOME, 303)

    def file(self, request: Request) -> Response:
        """The template with the external id of this browser."""
        external_id = self._external_id(request)
        content = _text(self.template(external_id)).encode()
        return _with_cookie(request, download(content, TEMPLATE_FILE, "application/json"), external_id)

    def _external_id(self, request: Request) -> str:
        """The external id of this browser, or a new one."""
        kept = request.cookies.get(_cookie(request), "")
        return kept if self.joining.is_ours(kept) else self.joining.new_external_id()

    def _page(
        self,
        request: Request,
        external_id: str,
        typed: Mapping[str, str] | None = None,
        problem: str = "",
        status: int = 200,
    ) -> Response:
        from werkzeug.wrappers import Response

        content = render(
            "join.html",
            room=self.title,
            seat=self.joining.seat_of(external_id),
            is_open=self.joining.is_open,
            rules=self.joining.rules,
            commands=COMMANDS.format(template=_text(self.template(external_id))),
            file=f"{HOME}/{TEMPLATE_FILE}",
            typed=typed or dict.fromkeys(TYPED, ""),
            problem=problem,
        )
        return _with_cookie(request, Response(content, status, mimetype="text/html"), external_id)


def _with_cookie(request: Request, answer: Response, external_id: str) -> Response:
    """The answer with the cookie that stores the browser's external id."""
    answer.set_cookie(
        _cookie(request),
        external_id,
        max_age=COOKIE_SECONDS,
        path=HOME,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return answer


def _cookie(request: Request) -> str:
    return f"labs-seat-{request.environ.get('SERVER_PORT', '')}"


def _text(template: Mapping[str, Any]) -> str:
    return json.dumps(template, indent=1)
