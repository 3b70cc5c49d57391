"""The frame: settings, urls, workers, and what every API shares. Knows no app's models."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
