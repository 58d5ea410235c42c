"""The textbook pipeline that ours is measured against: TF-IDF of words and characters, logistic regression.

Word 1- and 2-grams, characters 2 to 5 inside words, everything else as scikit-learn has it by default.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline, make_union

from models.vocabulary import Comment
from training.fit import Flags, Floats, Step, Table


def textbook() -> Pipeline:
    """The unfitted pipeline over texts."""
    words = TfidfVectorizer(ngram_range=(1, 2))
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5))
    # More rounds than the default 100, so that it is not judged half fitted.
    return make_pipeline(make_union(words, characters), LogisticRegression(max_iter=1000))


def hold_out(table: Table, splits: Sequence[tuple[str, Flags]], step: Step) -> Floats:
    """Probability of spam of each row by a pipeline that saw neither it nor its copies: shape (n_rows,)."""
    said = np.full(len(table.comments), np.nan)
    for name, held in splits:
        step(f"textbook, {name}")
        learn = ~held & ~np.isin(table.group_of, table.group_of[held])
        pipeline = textbook().fit(_bodies(table.comments, learn), table.is_spam[learn])
        said[held] = pipeline.predict_proba(_bodies(table.comments, held))[:, 1]
    return said


def _bodies(comments: Sequence[Comment], rows: NDArray[np.bool_]) -> list[str]:
    return [comment.body for comment, wanted in zip(comments, rows.tolist(), strict=True) if wanted]
