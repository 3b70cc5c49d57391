from __future__ import annotations

from badges.services.award_table import AwardImporter
from config.import_export.command import TableCommand


class Command(TableCommand):
    help = (
        "Award many badges at once from a CSV or XLSX file, all or none. Columns: "
        "badge_definition_id, peer_mentor_id, and if need be awarded_at and awarded_by. A badge "
        "that a mentor has already stays as it is."
    )
    importer = AwardImporter
    subject = "earned badge"
