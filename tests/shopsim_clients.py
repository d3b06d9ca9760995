"""What it takes to point other people's clients at a simulator: their packages, a certificate, a shop over HTTPS."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, NoReturn

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CLIENTS = Path(__file__).parent / "shopsim" / "clients"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stockcraft-tests"
SHOP = "maple-and-thread.myshopify.com"


def absent(what: str) -> NoReturn:
    """A client cannot be had: loud on a desk, a failure where every change is checked."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, so the simulator was not shown to this client.")
    pytest.skip(f"{what}: THE SIMULATOR WAS NOT SHOWN TO THIS CLIENT.")


def node_packages() -> Path:
    """The folder that holds Shopify's library for Node, as pinned."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        absent("Node.js is not installed")

    def install(folder: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(CLIENTS / name, folder)
        _run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", where=folder)

    return _kept("node", CLIENTS / "package-lock.json", install)


def python_with(requirements: str) -> Path:
    """An interpreter with the packages pinned in a file, apart from the project's own."""

    def install(folder: Path) -> None:
        _run(sys.executable, "-m", "venv", str(folder), where=folder)
        pip = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _run(*pip, "--require-hashes", "-r", str(CLIENTS / requirements), where=folder)

    return _kept("python", CLIENTS / requirements, install) / "bin" / "python"


def _kept(kind: str, pins: Path, install: Callable[[Path], None]) -> Path:
    """A folder made once for these pins; one that is half made is never found."""
    digest = hashlib.sha256(pins.read_bytes()).hexdigest()[:16]
    folder = CACHE / f"{kind}-{pins.stem}-{digest}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            install(folder)
        except subprocess.CalledProcessError as error:
            absent(f"{pins.name} could not be installed ({error.stderr.strip()[-300:]})")
        (folder / "complete").touch()
    return folder


def _run(*command: str, where: Path) -> None:
    subprocess.run(command, cwd=where, check=True, capture_output=True, text=True, timeout=280)


class Certificate(NamedTuple):
    """PEM files: who signed it, the certificate of every shop's name, and its key."""

    authority: Path
    chain: Path
    key: Path


def certificate(folder: Path) -> Certificate:
    """A certificate for `*.myshopify.com`, from an authority of our own making."""
    now = datetime.now(UTC)

    def sign(subject: str, key: ec.EllipticCurvePrivateKey, issuer: str, by: ec.EllipticCurvePrivateKey) -> bytes:
        is_authority = subject == issuer
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if not is_authority:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False)
        return builder.sign(by, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    ours, theirs = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    files = Certificate(folder / "authority.pem", folder / "shop.pem", folder / "shop.key")
    files.authority.write_bytes(sign("shopsim", ours, "shopsim", ours))
    files.chain.write_bytes(sign("*.myshopify.com", theirs, "shopsim", ours))
    plain = serialization.NoEncryption()
    files.key.write_bytes(theirs.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return files


class SecureShop:
    """A simulator over HTTPS in a process of its own, found by the names of its shops."""

    def __init__(self, files: Certificate, *arguments: str) -> None:
        command = [
            sys.executable, "-m", "shopsim", "serve", "--port", "0", "--cert", str(files.chain), "--key",
            str(files.key), "--client-id", "the-app", "--client-secret", "the-secret", "--any-webhook-address",
            *arguments,
        ]  # fmt: skip
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        found = re.search(r"(https://127\.0\.0\.1:(\d+))/", line)
        assert found, f"the shop did not start: {line!r}"
        self.port = int(found[2])
        # This client talks about the shop, not as a client of it: names are not its business.
        self.control = httpx.Client(base_url=found[1], verify=False, timeout=30)
        self._files = files

    def environment(self, **more: str) -> dict[str, str]:
        """What a client's process needs to find the shop and to trust it."""
        return {
            **os.environ,
            "SIMULATOR": str(self.port),
            "NODE_EXTRA_CA_CERTS": str(self._files.authority),
            "SSL_CERT_FILE": str(self._files.authority),
            "REQUESTS_CA_BUNDLE": str(self._files.authority),
            "PYTHONPATH": str(CLIENTS / "resolving"),
            **more,
        }

    def approve(self, address: str) -> str:
        """Install the app as the merchant would, from the address the app sent them to; returns where they end up."""
        asked = httpx.URL(address)
        assert asked.host == SHOP
        page = self.control.get("/admin/oauth/authorize", params=asked.params).raise_for_status()
        assert "Install app" in page.text
        form = {**dict(asked.params), "decision": "approve"}
        answer = self.control.post("/admin/oauth/authorize", data=form)
        assert answer.status_code == 302
        return answer.headers["Location"]

    def stop(self) -> None:
        """End the process."""
        self.control.close()
        self._process.terminate()
        self._process.wait(timeout=10)
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextmanager
def secure_shop(*arguments: str) -> Iterator[SecureShop]:
    """A shop over HTTPS for the length of a block."""
    with tempfile.TemporaryDirectory() as folder:
        shop = SecureShop(certificate(Path(folder)), *arguments)
        try:
            yield shop
        finally:
            shop.stop()
