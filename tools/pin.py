"""Pins every dependency with its hashes into requirements/, from what pyproject.toml asks for.

The files name no index address, so they install from wherever pip is told to look.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = [
    "--generate-hashes", "--universal", "--python-version", "3.11", "--no-emit-index-url", "--no-emit-find-links",
    "--no-header", "--no-annotate", "--quiet",
]  # fmt: skip


def compile_requirements(target: str, *arguments: str) -> None:
    """Write requirements/<target> with uv, which resolves for every platform at once."""
    out = ROOT / "requirements" / target
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "pyproject.toml",
        *COMMON,
        *arguments,
        "-o",
        str(out),
    ]
    subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    build_tools = ROOT / "requirements" / "build.in"
    run = str(ROOT / "requirements" / "run.txt")
    compile_requirements("run.txt", str(build_tools))
    compile_requirements("otel.txt", str(build_tools), "--extra", "otel", "-c", run)
    compile_requirements("dev.txt", str(build_tools), "--extra", "dev", "--extra", "otel", "-c", run)
