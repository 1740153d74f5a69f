"""Models in their bucket: what is there stays, manifests come last, wrong files never come."""

import hashlib

import pytest
from samovar.adapters.s3 import S3Store
from samovar.errors import CommandFailed
from samovar_cli.deploying.buckets import check_left, contents, delete_bucket, is_there
from samovar_cli.deploying.placing import place_models
from samovar_cli.deploying.uploading import Bucket, files_to_send

from tests.deploying.conftest import REGION

pytestmark = pytest.mark.xdist_group("deploying")


@pytest.fixture
def bucket(account):
    where = {"LocationConstraint": REGION}
    client = account.client("s3")
    client.create_bucket(Bucket="models", CreateBucketConfiguration=where)
    enabled = {"Status": "Enabled"}
    client.put_bucket_versioning(Bucket="models", VersioningConfiguration=enabled)
    return Bucket(account, "models")


def sent(bucket, clone):
    """Uploads everything; the keys that were put, in order."""
    models = clone.root / "models"
    missing = bucket.missing(files_to_send(models, place_models(models, gpu=False)))
    counted = []
    bucket.send(missing, counted.append)
    assert sum(counted) == sum(file.bytes for file in missing)
    return [file.key for file in missing]


def test_a_model_that_was_uploaded_is_one_that_functions_find(bucket, clone, account, tmp_path):
    keys = sent(bucket, clone)
    assert not [key for key in keys if key.startswith("models/sums/")], "it is in the layer"
    price = [key for key in keys if key.startswith("models/price/")]
    assert price[-1] == "models/price/model.toml", "who reads it finds all that it names"
    store = S3Store(account.client("s3"), "models", "models/", tmp_path / "cache")
    assert store.spec("price").task == "tabular-regression"
    assert store.versions("affine") == ("1", "2")
    there = store.fetch("price", "1").path("model.onnx").read_bytes()
    assert there == (clone.root / "models/price/1/model.onnx").read_bytes()


def test_only_what_changed_is_uploaded_again(bucket, clone):
    sent(bucket, clone)
    assert sent(bucket, clone) == []
    path = clone.root / "models" / "price" / "model.toml"
    text = path.read_text()
    path.write_text(text.replace("title", "titel", 1).replace("titel", "title"))
    assert sent(bucket, clone) == [], "the same bytes, newer"
    path.write_text(f"{text}\n")
    assert sent(bucket, clone) == ["models/price/model.toml"]


def test_a_file_of_the_same_length_and_other_bytes_is_another_file(bucket, clone):
    sent(bucket, clone)
    path = clone.root / "models" / "echo" / "1" / "model.onnx"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert sent(bucket, clone) == ["models/echo/1/model.onnx"]


def test_an_upload_that_broke_off_goes_on_where_it_stopped(bucket, clone):
    models = clone.root / "models"
    files = files_to_send(models, place_models(models, gpu=False))
    bucket.send(files[:3], lambda _count: None)
    assert len(sent(bucket, clone)) == len(files) - 3


def test_a_file_that_is_not_the_one_its_lock_lists_is_not_uploaded(bucket, clone):
    folder = clone.root / "models" / "price"
    digest = hashlib.sha256(b"another").hexdigest()
    (folder / "model.lock").write_text(f'[files]\n"1/model.onnx" = "{digest}"\n')
    with pytest.raises(CommandFailed, match=r"model\.onnx is not the file that price's"):
        sent(bucket, clone)


def test_a_link_is_no_part_of_a_model(bucket, clone):
    (clone.root / "models" / "price" / "1" / "more.bin").symlink_to("/etc/hostname")
    with pytest.raises(CommandFailed, match=r"more\.bin is a link"):
        sent(bucket, clone)


def test_compiled_forms_and_hidden_files_stay_here(bucket, clone):
    folder = clone.root / "models" / "price" / "1"
    for name in ("compiled", ".cache"):
        (folder / name).mkdir()
        (folder / name / "file").write_bytes(b"x")
    assert not [key for key in sent(bucket, clone) if "compiled" in key or ".cache" in key]


def test_models_in_the_bucket_that_are_not_here_are_named_and_left(bucket, clone, account):
    account.client("s3").put_object(Bucket="models", Key="models/former/model.toml", Body=b"")
    sent(bucket, clone)
    models = place_models(clone.root / "models", gpu=False)
    assert bucket.others(models) == ("former",)


def test_a_bucket_goes_with_every_version_of_every_object(bucket, account, clone):
    sent(bucket, clone)
    client = account.client("s3")
    for body in (b"old", b"new"):
        client.put_object(Bucket="models", Key="again", Body=body)
    client.delete_object(Bucket="models", Key="again")
    assert contents(account, "models").objects > 5
    delete_bucket(account, "models", lambda _line: None)
    assert not is_there(account, "models")
    delete_bucket(account, "models", lambda _line: None)  # done already is done


def test_a_bucket_that_an_earlier_stack_left_is_told_before_a_new_one_fails(bucket, account):
    check_left(account, "other", "samovar")
    with pytest.raises(CommandFailed, match="`samovar destroy --buckets` deletes it"):
        check_left(account, "models", "samovar")


def test_an_upload_to_a_bucket_that_is_gone_is_told_without_a_traceback(bucket, clone, account):
    models = clone.root / "models"
    files = files_to_send(models, place_models(models, gpu=False))
    delete_bucket(account, "models", lambda _line: None)
    with pytest.raises(CommandFailed, match="uploading to models"):
        bucket.send(files, lambda _count: None)


def test_a_bucket_that_is_not_there_is_said_so(account, clone):
    with pytest.raises(CommandFailed, match="the bucket is not there"):
        Bucket(account, "absent").others(())
