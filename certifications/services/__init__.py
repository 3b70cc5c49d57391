"""Every write to certifications, renewals and mentors that is more than one row's save.

Writes of one mentor's certifications take the mentor's row first, so that two at once are one
after the other and neither is lost.
"""

from certifications.services.certifications import (
    create_certification,
    delete_certification,
    replace_certification,
    reschedule_certification,
    upsert_certification,
)
from certifications.services.corrections import (
    Columns,
    correct_certification,
    enter_certification,
)
from certifications.services.expiry import expire_overdue
from certifications.services.mentors import erase_mentor, put_mentor
from certifications.services.renewals import (
    RenewalOutcome,
    append_renewal,
    check_renewal,
    refuse_suspended,
)
from certifications.services.standing import (
    renew_certifications,
    revoke_certifications,
    suspend_certifications,
)
from certifications.services.striking import strike_renewals

__all__ = [
    "Columns",
    "RenewalOutcome",
    "append_renewal",
    "check_renewal",
    "correct_certification",
    "create_certification",
    "delete_certification",
    "enter_certification",
    "erase_mentor",
    "expire_overdue",
    "put_mentor",
    "refuse_suspended",
    "renew_certifications",
    "replace_certification",
    "reschedule_certification",
    "revoke_certifications",
    "strike_renewals",
    "suspend_certifications",
    "upsert_certification",
]
