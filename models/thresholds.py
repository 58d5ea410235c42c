"""Thresholds of the lanes. Until a site has evidence of its own they are fixed and cautious."""

from models.vocabulary import Thresholds

# Chosen on sources left out of training, so that most of the doubtful goes to a person (the model's card has the
# figures). They bound the interval of the score, not the probability alone.
CAUTIOUS = Thresholds(approve_below=0.10, reject_from=0.92, discard_from=0.975)
