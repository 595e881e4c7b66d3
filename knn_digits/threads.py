"""Ground: how many threads OpenCV, FAISS and BLAS may use, which else multiply."""

import cv2


def limit_threads(threads: int | None) -> None:
    """Let all libraries that are loaded use at most so many threads from now on; None changes nothing."""
    if threads is None:
        return
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=threads)
    cv2.setNumThreads(threads)
