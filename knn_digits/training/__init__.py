"""Labelled digits -> weights. The only place that imports torch, and only when a network is trained.

`recipes` says what is trained and how, `loop` trains, `export` writes the ONNX file and its card, `session`
joins the three.
"""
