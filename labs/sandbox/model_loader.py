"""The loader of botocore's models, shared by all sessions of a process of the sandbox."""

from __future__ import annotations

import logging
from functools import cache

log = logging.getLogger(__name__)


def share_model_loader() -> None:
    """Lets all sessions share what they read of the models: half of the time until a server's first answer.

    `botocore.session.create_loader` is not documented. Where a version has none, each session reads by itself.
    """
    import botocore.session

    try:
        botocore.session.create_loader = cache(botocore.session.create_loader)
    except AttributeError:
        log.warning(
            "this version of botocore has no session.create_loader: each session reads its models by itself"
        )
