"""What the properties of contracts 1 and 2 and of mentors mean, for the OpenAPI document."""

from __future__ import annotations

WORDS = {
    "mentor_id": "The mentor's id.",
    "cert_type": "The code of the certification's type.",
    "certification_type": "The code of the certification's type.",
    "status": "How the certification stands.",
    "CertificationExpiry.status": "How the certification stands now, by its date of expiry.",
    "issued_at": "When the certification was issued, or last renewed.",
    "expires_at": "When the certification expires.",
    "expiry_date": "When the certification expires.",
    "days_until_expiry": "Calendar days (UTC) until it expires; negative once it has.",
    "renewal_history": "All renewals, the oldest first.",
    "RenewalEntry.renewed_at": "When it was renewed.",
    "RenewalEntry.expires_at": "When it expires by this renewal.",
    "renewed_at": "When it was renewed.",
    "upserted": "True: it was made or replaced.",
    "renewal_appended": "Whether the entry is new; false where the same stood there already.",
    "renewal_entry": "The entry in the renewal history.",
    "total_renewals": "Entries in the renewal history.",
    "name": "The mentor's name; empty for none.",
    "email": "Where reminders go; empty for nowhere.",
    "language": "The language of mails to the mentor.",
    "organisation_id": "The mentor's organisation; null for none.",
    "organisation_name": "The name of that organisation.",
    "public_badges": "Whether the mentor agreed to public pages of badges.",
    "within_days": "Those that expire within so many days from now.",
    "force": "Delete everything that is connected as well.",
}
