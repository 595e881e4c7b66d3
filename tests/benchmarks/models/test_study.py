from benchmarks.data.truth import SAMPLES
from benchmarks.models.study import QUICK, open_study


def test_data_of_one_part_is_split_by_its_last_sixth() -> None:
    study = open_study("sample", scale=QUICK, photos=SAMPLES)
    assert (len(study.training.labels), len(study.test.labels)) == (4170, 830)
    assert "held out" in study.about_test
    assert "bundled" not in study.entrants()
