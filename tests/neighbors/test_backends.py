import sys

import cv2
import numpy as np
import pytest

from knn_digits.errors import DataError, MissingPartError
from knn_digits.neighbors import make_index
from knn_digits.neighbors.faiss import GPU_MAX_K

from .test_contract import gpus, integers, same


@pytest.mark.parametrize(
    ("backend", "module", "remedy"),
    [
        ("faiss", "faiss", "pip install faiss-cpu"),
        ("sklearn", "sklearn.neighbors", "pip install scikit-learn"),
    ],
)
def test_a_backend_that_is_not_installed_is_told_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, backend: str, module: str, remedy: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # what Python takes for "not there"
    with pytest.raises(MissingPartError, match=remedy):
        make_index(backend, integers(3, 4))


def test_an_opencv_without_ml_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "ml")
    with pytest.raises(MissingPartError, match=r"pip install 'opencv-python-headless>=4\.10,<5'"):
        make_index("opencv", integers(3, 4))


def test_opencv_refuses_more_vectors_than_float32_can_number() -> None:
    with pytest.raises(DataError, match="holds at most 16777216 digits: use --backend faiss"):
        make_index("opencv", np.zeros((2**24 + 1, 1), np.float32))


def test_the_cpu_build_of_faiss_says_how_to_get_the_other() -> None:
    import faiss

    if hasattr(faiss, "StandardGpuResources"):
        pytest.skip("faiss-gpu is installed")
    with pytest.raises(MissingPartError, match=r"CPU build.*pip install faiss-gpu"):
        make_index("faiss", integers(3, 4), device="cuda")


@pytest.mark.gpu
@pytest.mark.parametrize("k", [1, 11, GPU_MAX_K - 8, GPU_MAX_K, GPU_MAX_K + 1])
def test_the_gpu_gives_the_answer_of_the_cpu_bit_for_bit(k: int) -> None:
    if not gpus():
        pytest.skip("needs faiss-gpu and a CUDA GPU")
    training, queries = integers(5000, 20, top=9), integers(100, 20, top=9, seed=1)
    cpu, cuda, auto = (
        make_index("faiss", training, device=device).kneighbors(queries, k)
        for device in ("cpu", "cuda", "auto")
    )
    assert same(cpu, cuda)
    assert same(cpu, auto)
