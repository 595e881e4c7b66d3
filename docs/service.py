"""A service that reads digits: `uvicorn service:app`."""

from fastapi import FastAPI, HTTPException, UploadFile

import knn_digits

app = FastAPI(title="Digits")
reader = knn_digits.Reader()  # made once; several threads read by it


@app.post("/read")
def read(photo: UploadFile) -> dict[str, object]:
    try:
        return reader.read(photo.file).to_dict(details=False)
    except knn_digits.KnnDigitsError as error:
        raise HTTPException(status_code=422, detail=str(error)) from error


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok", "version": knn_digits.__version__}
