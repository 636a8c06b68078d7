"""Runs made elsewhere, so that the referee serves those who train with something else."""

from variance.ingest.arrays import Imported, from_predictions, from_scores
from variance.ingest.files import read

__all__ = ["Imported", "from_predictions", "from_scores", "read"]
