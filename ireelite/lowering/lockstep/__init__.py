"""Tiles whose points run at once: one register for each unrolled row, points side by side."""
