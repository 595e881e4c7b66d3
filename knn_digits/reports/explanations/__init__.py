"""Explanations -> words (`words`), a terminal (`text`), a picture (`sheet`), a page (`page`)."""
