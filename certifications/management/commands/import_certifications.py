from __future__ import annotations

from certifications.services.transfers import CertificationImporter
from config.import_export.command import TableCommand


class Command(TableCommand):
    help = (
        "Import certifications from a CSV or XLSX file, all or none. Columns: mentor_id, "
        "certification_type, expires_at, and if need be status and issued_at."
    )
    importer = CertificationImporter
    subject = "certification"
