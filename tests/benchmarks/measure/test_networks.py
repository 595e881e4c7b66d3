import json

import pytest

from knn_digits.classifiers.network import NETWORKS, find_network, load_card
from tests.benchmarks.conftest import RESULTS, Run

NETWORK_RESULTS = RESULTS / "networks.json"


def test_it_prints_the_table_of_the_raw_results(tables: Run) -> None:
    printed = tables(NETWORK_RESULTS)
    assert (printed.returncode, printed.stderr) == (0, "")
    assert printed.stdout.count("\n| `") == len(json.loads(NETWORK_RESULTS.read_text())["result"]["models"])


@pytest.mark.parametrize("name", NETWORKS)
def test_the_raw_results_are_of_the_bundled_networks(name: str) -> None:
    found = json.loads(NETWORK_RESULTS.read_text())["result"]["models"][name]
    card = load_card(find_network(name))
    assert found["about"]["sha256"] == card["sha256"]
    assert found["errors"] == card["scores"]["test"]["errors"]
