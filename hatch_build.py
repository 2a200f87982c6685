"""What a wheel leaves out: with TWITTERLAB_EXAM set, the mutants, which list the mistakes that an exam asks for."""

from __future__ import annotations

import os
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LEFT_OUT = "/weeks/*/mutants"


class ExamHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own default of its parameter
    """Run by hatchling before it gathers files."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if os.environ.get("TWITTERLAB_EXAM"):
            self.build_config.target_config.setdefault("exclude", []).append(LEFT_OUT)
