"""A desk for tests: its worker does what is due when a test says so, and nothing starts by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from labs.aws.session import ConnectionOptions
from labs.content.pack import open_catalog
from labs.learner.history import History, open_history
from labs.web.app import WebApp
from labs.web.desk.desk import Desk
from labs.web.desk.site import DeskSite
from labs.web.desk.worker import Worker

NOW = datetime(2026, 11, 29, 9, 42, tzinfo=UTC)
TOKEN = "the-token"
OWN = {"Origin": "http://localhost"}


class DeskKit:
    """A desk, what its worker goes by, and a browser without JavaScript in front of it."""

    def __init__(self, home: Path) -> None:
        from werkzeug.test import Client

        self.seconds = 0.0
        self.now = NOW
        self.home = home
        place = {"account": "(yours)", "region": "eu-west-1"}
        self.desk = Desk(
            open_catalog(),
            home,
            self.clock,
            self.history,
            ConnectionOptions,
            False,
            place,
            worker=Worker(lambda: self.seconds),
        )
        self.site = DeskSite(self.desk)
        self.client: Any = Client(WebApp(self.site, TOKEN))
        self.client.get(f"/?token={TOKEN}")

    def history(self) -> History:
        """The history of this home."""
        return open_history(self.home, self.clock, lambda text: None)

    def clock(self) -> datetime:
        """The time, which goes on a little each time that it is asked: no two events are of the same moment."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def get(self, path: str) -> str:
        """A page."""
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def post(self, path: str, **form: object) -> str:
        """The page that follows an action, when the worker has done what is due."""
        answer = self.client.post(path, data=form, headers=OWN)
        assert answer.status_code == 303, answer.text
        self.desk.worker.run_due()
        return self.get(answer.headers["Location"].partition("#")[0])
