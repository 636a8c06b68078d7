"""Where a sweep is trained: what may change its bits or its speed."""

from variance.environment.collecting import collect
from variance.environment.software import PACKAGES

__all__ = ["PACKAGES", "collect"]
