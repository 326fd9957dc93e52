"""Builds what the package carries but the repository does not: web assets and compiled catalogues."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))

from assets import build

GENERATED = ["/service/static/dist/**", "/service/translations/**/*.mo"]
DRAFTS = ["bpmn", "forms"]


class PackageBuildHook(BuildHookInterface[BuilderConfig]):
    """Runs before every wheel and every editable install; does nothing when nothing changed."""

    def dependencies(self) -> list[str]:
        """Ask for Node.js only where there is something to bundle and the machine has none of its own."""
        root = Path(self.root)
        return [] if build.is_fresh(root) or build.find_node() else [build.NODE_REQUIREMENT]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, then name the git-ignored results and the SOPs of the repository as parts of the package."""
        root = Path(self.root)
        build.compile_catalogues(root)
        build.build_assets(root)
        build_data["artifacts"] += GENERATED
        if version != "editable":
            build_data["force_include"].update(
                {draft: f"service/drafts/{draft}" for draft in DRAFTS if (root / draft).is_dir()}
            )
