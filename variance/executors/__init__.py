"""Executors: what trains seeds, in this process or in others, behind one protocol."""

from variance.executors.protocol import Delivery, Executor, Work

__all__ = ["Delivery", "Executor", "Work"]
