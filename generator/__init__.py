"""agency-scaffold: choosing, rendering, merging and checking infrastructure."""

__version__ = "0.1.0"
__all__ = ["__version__"]
