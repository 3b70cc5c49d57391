"""Shapes of contracts 1 and 2 and of mentors: what comes in, what goes out, key by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from certifications.models import Certification, CertificationStatus, ExpiryStatus, Language
from certifications.models.certification import days_until, derived_status
from certifications.models.certification_type import CODE_LENGTH
from certifications.models.people import RESERVED_MENTOR_IDS, validate_mentor_id
from certifications.services.types import type_code
from config.api.bodies import InputSerializer, QuerySerializer
from config.api.fields import IdentifierField, StringField, TruthField, UtcDateTimeField
from config.api.shapes import ComputedField
from config.text import validate_visible

MAX_WITHIN_DAYS = 3650


class MentorIdField(IdentifierField):
    """An id that a mentor can have."""

    reserved = RESERVED_MENTOR_IDS

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validators=[validate_mentor_id], **kwargs)


class CertificationTypeField(StringField):
    """The code of a certification type: 1 to 100 characters."""

    def __init__(self, **kwargs: Any) -> None:
        # No pattern: types from before may have these characters, and can still be named.
        text = "A type that is not registered yet has none of <>\"'& and no invisible characters."
        super().__init__(max_length=CODE_LENGTH, **{"help_text": text, **kwargs})

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """The code that is meant, once the text is one that a code can be."""
        text = super().run_validation(data)
        if not isinstance(text, str):
            return text
        code = type_code(text)
        if len(code) > CODE_LENGTH:  # some letters come apart in NFC
            self.fail("max_length", max_length=CODE_LENGTH)
        return code


# --- Query strings -----------------------------------------------------------------------------


class RecordQuery(QuerySerializer):
    cert_type = CertificationTypeField(
        default=None, help_text="Which of the mentor's certifications; the current one by default."
    )


class CertificationQuery(QuerySerializer):
    certification_type = CertificationTypeField(
        default=None, help_text="Which of the mentor's certifications; the current one by default."
    )


class ExpiringQuery(QuerySerializer):
    within_days = serializers.IntegerField(min_value=0, max_value=MAX_WITHIN_DAYS, default=30)


# --- Contract 1: certification-records ---------------------------------------------------------


class RenewalEntry(serializers.Serializer[Any]):
    renewed_at = UtcDateTimeField()
    expires_at = UtcDateTimeField()


class RecordFacts(serializers.Serializer[Certification]):
    mentor_id = serializers.CharField()
    cert_type = serializers.CharField(source="certification_type_id")
    status = serializers.ChoiceField(choices=CertificationStatus.choices)
    issued_at = UtcDateTimeField()
    expires_at = UtcDateTimeField()


class Record(RecordFacts):
    renewal_history = RenewalEntry(source="renewals.all", many=True)
    updated_at = UtcDateTimeField()


class TrueField(ComputedField, serializers.BooleanField):
    """True, whatever the row is: that there is an answer says it."""

    columns = ()

    @staticmethod
    def compute(context: Mapping[str, Any]) -> bool:
        return True


class UpsertedRecord(RecordFacts):
    renewal_history = RenewalEntry(source="renewals.all", many=True)
    upserted = TrueField()
    updated_at = UtcDateTimeField()


class UpdatedRecord(serializers.Serializer[Certification]):
    mentor_id = serializers.CharField()
    cert_type = serializers.CharField(source="certification_type_id")
    status = serializers.ChoiceField(choices=CertificationStatus.choices)
    expires_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()


class DaysUntilExpiryField(ComputedField, serializers.IntegerField):
    """`days_until_expiry` at the moment that the context gives as `now`."""

    columns = ("expires_at",)

    @staticmethod
    def compute(context: Mapping[str, Any], expires_at: Any) -> int:
        return days_until(expires_at, context["now"])


class ExpiryStatusField(ComputedField, serializers.ChoiceField):
    """The derived status at the moment that the context gives as `now`."""

    columns = ("status", "expires_at", "certification_type__expiring_soon_days")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=ExpiryStatus.choices, **kwargs)

    @staticmethod
    def compute(
        context: Mapping[str, Any], status: Any, expires_at: Any, expiring_soon_days: Any
    ) -> str:
        return derived_status(status, expires_at, expiring_soon_days, context["now"]).value


class ExpiringRecord(RecordFacts):
    days_until_expiry = DaysUntilExpiryField()


class RenewalAppended(serializers.Serializer[Any]):
    mentor_id = serializers.CharField(source="certification.mentor_id")
    renewal_appended = serializers.BooleanField(source="appended")
    renewal_entry = RenewalEntry(source="renewal")
    total_renewals = serializers.IntegerField(source="total")
    updated_at = UtcDateTimeField(source="certification.updated_at")


class RecordInput(InputSerializer):
    read_only_keys = frozenset({"renewal_history", "upserted", "updated_at", "days_until_expiry"})

    mentor_id = MentorIdField()
    cert_type = CertificationTypeField(source="certification_type")
    status = serializers.ChoiceField(
        choices=CertificationStatus.choices, default=CertificationStatus.ACTIVE
    )
    issued_at = UtcDateTimeField(default=None, help_text="The moment of the request by default.")
    expires_at = UtcDateTimeField()


class RecordUpdateInput(InputSerializer):
    read_only_keys = RecordInput.read_only_keys | {"mentor_id"}

    cert_type = CertificationTypeField(source="certification_type")
    status = serializers.ChoiceField(choices=CertificationStatus.choices)
    issued_at = UtcDateTimeField(default=None, help_text="As it was by default.")
    expires_at = UtcDateTimeField()


class RenewalInput(InputSerializer):
    renewed_at = UtcDateTimeField()
    expires_at = UtcDateTimeField()


class Deleted(serializers.Serializer[Any]):
    deleted = serializers.BooleanField(default=True)
    mentor_id = serializers.CharField()


# --- Contract 2: certifications ----------------------------------------------------------------


class CertificationExpiry(serializers.Serializer[Certification]):
    mentor_id = serializers.CharField()
    certification_type = serializers.CharField(source="certification_type_id")
    expiry_date = UtcDateTimeField(source="expires_at")
    days_until_expiry = DaysUntilExpiryField()
    status = ExpiryStatusField()
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()


class CertificationUpdateInput(InputSerializer):
    read_only_keys = frozenset(
        {"mentor_id", "days_until_expiry", "status", "created_at", "updated_at"}
    )

    certification_type = CertificationTypeField()
    expiry_date = UtcDateTimeField(source="expires_at")


class CertificationInput(CertificationUpdateInput):
    read_only_keys = CertificationUpdateInput.read_only_keys - {"mentor_id"}

    mentor_id = MentorIdField()


# --- Mentors -----------------------------------------------------------------------------------


class MentorDetails(serializers.Serializer[Any]):
    mentor_id = serializers.CharField(source="id")
    name = serializers.CharField()
    email = serializers.CharField()
    language = serializers.ChoiceField(choices=Language.choices)
    organisation_id = serializers.CharField(allow_null=True)
    organisation_name = serializers.CharField(
        source="organisation.name", default=None, allow_null=True
    )
    public_badges = serializers.BooleanField()
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()


class EmailInputField(serializers.EmailField, StringField):
    """An email address as a JSON string."""

    def to_internal_value(self, data: Any) -> str:
        address = super().to_internal_value(data)
        # Before the other rules, most of which such a character breaks too: one fault is enough.
        validate_visible(address)
        return address


class MentorInput(InputSerializer):
    read_only_keys = frozenset({"mentor_id", "organisation_name", "created_at", "updated_at"})

    name = StringField(max_length=200, allow_blank=True, help_text="Empty for none.")
    email = EmailInputField(max_length=254, allow_blank=True, help_text="Empty for none.")
    language = serializers.ChoiceField(choices=Language.choices, default=Language.ENGLISH)
    organisation_id = IdentifierField(default=None, allow_null=True)
    public_badges = TruthField(
        required=False,
        help_text="The mentor agreed to public pages of badges. Left out, it stays.",
    )
