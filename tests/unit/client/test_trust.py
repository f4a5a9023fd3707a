"""The certificate file: trusted only where nobody else could have written it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from presswork.client.trust import read_certificate
from presswork.core.errors import Distrusted, Unavailable

NOBODY = 65534
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    public = tmp_path / "agent" / "public"
    public.mkdir(parents=True)
    (public / "client-control.crt").write_text("the certificate")
    for path in (tmp_path / "agent", public):
        path.chmod(0o755)
    (public / "client-control.crt").chmod(0o644)
    return tmp_path / "agent"


def test_what_only_the_agent_can_write_is_trusted(directory: Path) -> None:
    assert read_certificate(directory) == "the certificate"


@root_only
def test_the_agents_own_account_is_as_good_as_root(directory: Path) -> None:
    for path in (directory, directory / "public", directory / "public" / "client-control.crt"):
        os.chown(path, NOBODY, NOBODY)
    assert read_certificate(directory) == "the certificate"


@root_only
@pytest.mark.parametrize("name", ["public", "public/client-control.crt"])
def test_what_belongs_to_somebody_else_is_not(directory: Path, name: str) -> None:
    os.chown(directory / name, NOBODY, NOBODY)
    with pytest.raises(Distrusted, match="impostor"):
        read_certificate(directory)


@pytest.mark.parametrize("name", [".", "public", "public/client-control.crt"])
@pytest.mark.parametrize("mode", [0o020, 0o002])
def test_what_others_can_write_is_not(directory: Path, name: str, mode: int) -> None:
    path = directory / name
    path.chmod(path.stat().st_mode | mode)
    with pytest.raises(Distrusted):
        read_certificate(directory)


def test_a_way_that_anybody_can_change_is_not(directory: Path) -> None:
    directory.parent.chmod(0o777)
    with pytest.raises(Distrusted):
        read_certificate(directory)


def test_a_link_on_the_way_does_not_hide_where_it_leads(directory: Path, tmp_path: Path) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    link = tmp_path / "link"
    directory.rename(open_to_all / "agent")
    link.symlink_to(open_to_all)
    assert read_certificate(link / "agent") == "the certificate"
    open_to_all.chmod(0o777)
    with pytest.raises(Distrusted):
        read_certificate(link / "agent")


def test_a_sticky_folder_on_the_way_is_no_harm(directory: Path) -> None:
    directory.parent.chmod(0o1777)
    assert read_certificate(directory) == "the certificate"


@root_only
def test_a_way_that_belongs_to_somebody_else_is_not(directory: Path) -> None:
    os.chown(directory.parent, NOBODY, NOBODY)
    with pytest.raises(Distrusted):
        read_certificate(directory)


def test_links_are_not_followed(directory: Path) -> None:
    certificate = directory / "public" / "client-control.crt"
    certificate.rename(directory / "elsewhere")
    certificate.symlink_to(directory / "elsewhere")
    with pytest.raises(Distrusted):
        read_certificate(directory)
    certificate.unlink()
    (directory / "public").rmdir()
    (directory / "public").symlink_to(directory)
    with pytest.raises(Distrusted):
        read_certificate(directory)


def test_what_is_no_file_is_not_waited_for(directory: Path) -> None:
    certificate = directory / "public" / "client-control.crt"
    certificate.unlink()
    os.mkfifo(certificate, 0o644)
    with pytest.raises(Distrusted):
        read_certificate(directory)


def test_nothing_there_says_what_to_do(directory: Path) -> None:
    (directory / "public" / "client-control.crt").unlink()
    with pytest.raises(Unavailable, match="systemctl start"):
        read_certificate(directory)
    with pytest.raises(Unavailable, match="systemctl start"):
        read_certificate(directory / "none" / "there")
