"""Sphinx: docs/ -> HTML, offline. Figures come from the benchmarks' results, never from the keyboard."""

import importlib.metadata

from benchmarks.report.figures import figures

project = "knn-digits"
author = "the authors of knn-digits"
copyright = author  # noqa: A001 (Sphinx's word)
release = importlib.metadata.version("knn-digits")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_click",
]
myst_enable_extensions = ["substitution", "colon_fence", "deflist"]
myst_heading_anchors = 3
myst_substitutions = figures()
nb_execution_mode = "force"  # the tutorial is run each time the pages are built
nb_execution_raise_on_error = True
nb_execution_timeout = 300  # seconds a cell
autodoc_default_options = {
    "exclude-members": "set_fit_request, set_partial_fit_request, set_predict_request, set_score_request",
}
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
napoleon_google_docstring = False
napoleon_use_rtype = False

suppress_warnings = ["ref.python"]  # "(height, width) uint8" is a shape in words, no reference
smartquotes = False  # --json is an option, no dash

html_theme = "furo"
html_title = "knn-digits"
html_show_sphinx = False
exclude_patterns = ["_build"]
