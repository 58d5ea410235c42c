"""What the classifier costs: `python -m benchmarks.classifier --data DIR`.

In one run, in processor time of one core: our way from a comment to a probability with its interval, and the whole way
to a Score with reasons, against the textbook pipeline (TF-IDF of words and characters, logistic regression) from a text
to a probability, at batches of 256 and of one; the parts of our way one by one; and what loading the model costs.
"""

import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402 - after the number of threads is set

from models.artifact import load, shipped  # noqa: E402
from models.classifier import ClassifierScorer, SpamClassifier  # noqa: E402
from models.explain import reasons  # noqa: E402
from models.features import measure  # noqa: E402
from models.language import decide  # noqa: E402
from models.ngrams import contributions, gather  # noqa: E402
from models.text import fold_all  # noqa: E402
from models.vocabulary import Comment, Evidence  # noqa: E402
from training.dataset import read  # noqa: E402
from training.textbook import textbook  # noqa: E402

BATCH = 256
N_BATCHES = 12
N_TEXTBOOK_ROWS = 12_000
ROUNDS = 5
GOALS = {BATCH: 20.0, 1: 6.0}
_LOAD = """
import os, sys, time
from pathlib import Path
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
bare = resident()
from models.artifact import load
imported, begun = resident(), time.perf_counter()
path = Path(sys.argv[1])
classifier = load(path, path.stem)
print((time.perf_counter() - begun) * 1e3, bare, imported, resident())
"""


def main() -> None:
    """Print the tables. Exit 1 where a goal is missed."""
    parser = ArgumentParser(description="Measure the classifier beside the textbook pipeline.")
    parser.add_argument("--data", type=Path, required=True, help="directory with labelled *.jsonl.gz files")
    directory = parser.parse_args().data
    rng = np.random.default_rng(0)
    rows = [
        (comment, bool(label))
        for one in read(directory)
        for comment, label in zip(one.comments, one.is_spam, strict=True)
    ]
    drawn = [rows[place] for place in rng.permutation(len(rows))]
    comments = [Comment(comment.body, comment.author_name) for comment, _ in drawn[: N_BATCHES * BATCH]]
    learned = drawn[-N_TEXTBOOK_ROWS:]
    pipeline = textbook().fit([comment.body for comment, _ in learned], [label for _, label in learned])
    path, _ = shipped()
    classifier = load(path, path.stem)
    scorer = ClassifierScorer(classifier, "mdl_benchmark")

    def explained(batch: Sequence[Comment]) -> None:
        scorer.score(batch, [Evidence()] * len(batch))

    def ours(batch: Sequence[Comment]) -> None:
        parts = classifier.parts(batch, [Evidence()] * len(batch), fold_all([comment.body for comment in batch]))
        classifier.calibration_.apply(parts.logits, parts.familiar)

    def theirs(batch: Sequence[Comment]) -> None:
        pipeline.predict_proba([comment.body for comment in batch])

    print(
        f"{np.mean([len(comment.body) for comment in comments]):.0f} characters a comment; one core; median of rounds"
    )
    reached = []
    for size, n_batches in ((BATCH, N_BATCHES), (1, 200)):
        batches = [comments[first * size : (first + 1) * size] for first in range(n_batches)]
        mine, whole, textbooks = (_microseconds(work, batches) for work in (ours, explained, theirs))
        reached.append(textbooks / mine >= GOALS[size])
        verdict = "holds" if reached[-1] else "does not hold"
        print(f"batch {size:>3}: textbook {textbooks:7.1f} µs a comment ({1e6 / textbooks:.0f}/s)")
        print(f"           ours {mine:7.1f} µs, {textbooks / mine:.1f} times as fast; goal {GOALS[size]:.0f} {verdict}")
        print(f"           with reasons {whole:.1f} µs, {textbooks / whole:.1f} times as fast ({1e6 / whole:.0f}/s)")
    for size in (BATCH, 1):
        _print_parts(classifier, comments, size)
    reached.append(_print_load(path))
    sys.exit(0 if all(reached) else 1)


def _microseconds(work: Callable[[Sequence[Comment]], None], batches: Sequence[Sequence[Comment]]) -> float:
    """Median over rounds of the time for one comment."""
    n_comments = sum(map(len, batches))
    rounds = []
    for _ in range(ROUNDS + 1):
        begun = time.process_time()
        for batch in batches:
            work(batch)
        rounds.append((time.process_time() - begun) / n_comments * 1e6)
    return float(np.median(rounds[1:]))


def _print_parts(classifier: SpamClassifier, comments: Sequence[Comment], size: int) -> None:
    batch = comments[:size]
    evidence, bodies = [Evidence()] * size, [comment.body for comment in batch]
    folded = fold_all(bodies)
    gathered = gather(folded.texts)
    parts = classifier.parts(batch, evidence, folded)
    works: dict[str, Callable[[], object]] = {
        "folding": lambda: fold_all(bodies),
        "features": lambda: measure(batch, evidence, folded, gathered),
        "code points and words": lambda: gather(folded.texts),
        "n-grams": lambda: contributions(gathered, classifier.weights_, classifier.familiar_),
        "language": lambda: decide(gathered, classifier.language_words_, len(classifier.languages_)),
        "calibration": lambda: classifier.calibration_.apply(parts.logits, parts.familiar),
        "explanation": lambda: reasons(parts, bodies, evidence, classifier.calibration_.slope),
    }
    for name, work in works.items():
        n_times = max(20, 2000 // size)
        rounds = []
        for _ in range(ROUNDS):
            begun = time.process_time()
            for _ in range(n_times):
                work()
            rounds.append((time.process_time() - begun) / n_times / size * 1e6)
        print(f"  batch {size:>3}, {name:22} {float(np.median(rounds)):7.2f} µs a comment")


def _print_load(path: Path) -> bool:
    """Load in fresh processes: the time with the libraries imported, the resident memory of the bare interpreter, after
    the imports, and with the model loaded; whether time and size of the file keep the goals.
    """
    command = [sys.executable, "-c", _LOAD, str(path)]
    found = [subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() for _ in range(ROUNDS)]
    milliseconds, bare, imported, loaded = np.median(np.array(found, dtype=float), axis=0)
    megabytes = path.stat().st_size / 1e6
    print(f"model: file {megabytes:.2f} MB (goal 5), loaded and checked in {milliseconds:.0f} ms (goal 50),")
    print(f"       process {loaded:.1f} MB resident with the model loaded: interpreter {bare:.1f} MB, libraries and")
    print(f"       modules {imported - bare:.1f} MB, loading the model {loaded - imported:.1f} MB")
    return bool(milliseconds <= 50.0 and megabytes <= 5.0)


if __name__ == "__main__":
    main()
