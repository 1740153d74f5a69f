"""What jobs cost a door that nobody asks for one: nothing."""

from tests.house.test_imports import HOT, loaded_by


def test_the_hot_door_pays_nothing_for_jobs_until_one_is_asked_for() -> None:
    jobs = (
        '"SAMOVAR_JOBS_TABLE": "t", "SAMOVAR_JOBS_QUEUE_URL": "https://q", '
        '"SAMOVAR_DATA_BUCKET": "samovar-data"'
    )
    code = HOT.replace(
        '{"SAMOVAR_MODELS_DIR": str(root)}', f'{{"SAMOVAR_MODELS_DIR": str(root), {jobs}}}'
    )
    assert jobs in code
    code += "assert 'samovar.job_service' not in sys.modules\n"
    code += "assert 'samovar.sync_calls' not in sys.modules\n"
    code += "assert 'samovar.edges.jobs' not in sys.modules\n"
    code += "assert 'samovar.edges.deferred' not in sys.modules\n"
    assert not loaded_by(code) & {"boto3", "botocore", "fastapi", "starlette", "pydantic"}
