"""The answers: what the user chose, as one typed, validated, frozen model."""

from generator.answers.model import Answers, Commands, Service

__all__ = ["Answers", "Commands", "Service"]
