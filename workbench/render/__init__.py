"""Drawings of view models: text, SVG laid out here to the last pixel,
and HTML that needs no server.
"""
