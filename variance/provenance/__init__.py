"""What differs between the origins of two sweeps, and which of it can change bits or results."""

from variance.provenance.compare import Difference, Differences, Origin, differences
from variance.provenance.rules import Effect

__all__ = ["Difference", "Differences", "Effect", "Origin", "differences"]
