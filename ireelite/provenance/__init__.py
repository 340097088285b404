"""Which op came from which: follows operations through passes, and fills a record while it does."""

from ireelite.provenance.tracker import Tracker

__all__ = ["Tracker"]
