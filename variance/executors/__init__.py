"""Executors: what trains seeds, in this process or in others, behind one protocol."""

from variance.executors.protocol import Delivery, Executor, Limits, Work

__all__ = ["Delivery", "Executor", "Limits", "Work"]
