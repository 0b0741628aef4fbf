"""The main job: hvac, unchanged, keeps a secret through its life."""

import pytest
from hvac import exceptions


def write(kv, path, value, **options):
    return kv.create_or_update_secret(path=path, secret={"value": value}, **options)["data"]["version"]


def read(kv, path, **options):
    return kv.read_secret_version(path=path, raise_on_deleted_version=True, **options)["data"]["data"]["value"]


def test_write_read_and_versions(kv, path):
    assert write(kv, path, "one") == 1
    assert write(kv, path, "two") == 2
    assert read(kv, path) == "two"
    assert read(kv, path, version=1) == "one"


@pytest.mark.parametrize("value", ["", "ü€😀", {"nested": [1, 2.5, None, True]}, "x" * 60_000])
def test_values_come_back_as_they_were(kv, path, value):
    write(kv, path, value)
    assert read(kv, path) == value


def test_patch_changes_one_key(kv, path):
    kv.create_or_update_secret(path=path, secret={"keep": 1, "change": 1})
    kv.patch(path=path, secret={"change": 2})
    data = kv.read_secret_version(path=path, raise_on_deleted_version=True)["data"]["data"]
    assert data == {"keep": 1, "change": 2}


def test_list_shows_secrets_and_folders(kv, path):
    write(kv, path, "leaf")
    write(kv, f"{path}/below", "leaf")
    folder, _, name = path.rpartition("/")
    keys = kv.list_secrets(path=folder)["data"]["keys"]
    assert {name, f"{name}/"} <= set(keys)
    assert kv.list_secrets(path=path)["data"]["keys"] == ["below"]


def test_soft_delete_and_undelete(kv, path):
    write(kv, path, "one")
    kv.delete_latest_version_of_secret(path=path)
    with pytest.raises(exceptions.InvalidPath):
        read(kv, path)
    kv.undelete_secret_versions(path=path, versions=[1])
    assert read(kv, path) == "one"


def test_destroy_is_for_good(kv, path):
    write(kv, path, "one")
    write(kv, path, "two")
    kv.destroy_secret_versions(path=path, versions=[1])
    kv.undelete_secret_versions(path=path, versions=[1])
    with pytest.raises(exceptions.InvalidPath):
        read(kv, path, version=1)
    versions = kv.read_secret_metadata(path=path)["data"]["versions"]
    assert (versions["1"]["destroyed"], versions["2"]["destroyed"]) == (True, False)
    assert read(kv, path) == "two"


def test_metadata(kv, path):
    write(kv, path, "one")
    kv.update_metadata(path=path, max_versions=3, custom_metadata={"owner": "team-a"}, delete_version_after="1h30m")
    data = kv.read_secret_metadata(path=path)["data"]
    assert (data["max_versions"], data["custom_metadata"]) == (3, {"owner": "team-a"})
    assert data["delete_version_after"] == data["deactivate_version_after"] == "1h30m0s"
    for number in range(2, 6):
        assert write(kv, path, number) == number
    data = kv.read_secret_metadata(path=path)["data"]
    assert (sorted(data["versions"]), data["current_version"], data["oldest_version"]) == (["3", "4", "5"], 5, 3)
    kv.delete_metadata_and_all_versions(path=path)
    with pytest.raises(exceptions.InvalidPath):
        kv.read_secret_metadata(path=path)


def test_check_and_set(kv, path):
    assert write(kv, path, "one", cas=0) == 1
    for wrong in (0, 2):
        with pytest.raises(exceptions.InvalidRequest, match="did not match the current version"):
            write(kv, path, "two", cas=wrong)
    assert write(kv, path, "two", cas=1) == 2
    kv.update_metadata(path=path, cas_required=True)
    with pytest.raises(exceptions.InvalidRequest, match="check-and-set parameter required for this call"):
        write(kv, path, "three")
