"""Badges that can be earned, and those that mentors earned."""

from badges.models.definition import BadgeDefinition, BadgeImage, ImageType
from badges.models.earned import EarnedBadge
from badges.models.erased import ErasedBadge

__all__ = ["BadgeDefinition", "BadgeImage", "EarnedBadge", "ErasedBadge", "ImageType"]
