import ast
import subprocess
import sys

import knn_digits
from tests.make_api import API, describe_api


def test_what_users_rely_on_changes_only_when_that_is_written_down() -> None:
    # A change is announced in CHANGELOG.md and written down by `python -m tests.make_api`.
    assert describe_api().splitlines() == API.read_text(encoding="utf-8").splitlines()


def test_the_list_has_names_options_and_choices() -> None:
    text = API.read_text(encoding="utf-8")
    for line in (
        "knn_digits.read_photo(photo, model=None",
        "knn_digits.estimators.KNNClassifier(n_neighbors=5, *",
        "    .partial_fit(self, X, y, classes=None)",
        "knn-digits data fetch",
        "    --split choice {train,test,all}",
    ):
        assert f"\n{line}" in text


def test_what_is_for_users_is_there_once_the_package_is_imported() -> None:
    code = "import knn_digits as k; k.stages.find_ink, k.tables.read_tables, k.estimators.Hog; print(dir(k))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    found = {name for name in ast.literal_eval(told) if not name.startswith("__")}
    assert found == {*knn_digits.__all__, "estimators", "forms", "stages", "tables"}
