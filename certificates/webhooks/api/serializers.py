"""What the webhook APIs take, and the shapes that they answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from certificates.webhooks.models import SUBSCRIBABLE, DeliveryState, DisabledReason, EventType
from certificates.webhooks.services.endpoint_rules import MAX_HEADERS, MAX_NAME_LENGTH
from config.api.bodies import InputSerializer, QuerySerializer
from config.api.fields import (
    BoundedDictField,
    BoundedListField,
    StringField,
    TruthField,
    UtcDateTimeField,
    UuidField,
)
from config.api.index import MAX_PER_PAGE, AnyOf, IndexInput
from config.masking import MASK

#: What an endpoint can ask for, as choices.
EVENT_CHOICES = [(name, name) for name in SUBSCRIBABLE]
#: Items of a list of them; a type may be there twice.
MAX_EVENTS = 100


class EventsField(BoundedListField):
    """Types of events, at least one."""

    child = serializers.ChoiceField(choices=EVENT_CHOICES)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_empty=False, max_length=MAX_EVENTS, **kwargs)


class HeadersField(BoundedDictField):
    """Names and values of headers; the service checks them."""

    child = StringField(trim_whitespace=False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(most=MAX_HEADERS, **kwargs)


class EndpointUpdateInput(InputSerializer):
    """Any of an endpoint's settings; what is left out stays."""

    read_only_keys = frozenset(
        {
            "webhook_endpoint_id",
            "tenant_id",
            "disabled_at",
            "disabled_reason",
            "failing_since",
            "paused_until",
            "created_at",
            "updated_at",
        }
    )

    name = StringField(max_length=MAX_NAME_LENGTH, required=False)
    url = StringField(required=False)
    events = EventsField(required=False)
    headers = HeadersField(
        required=False,
        help_text=f"Sent with each request. Answers show {MASK} for each value; sent back, it "
        "keeps the value that is there.",
    )
    enabled = TruthField(required=False)


class EndpointInput(EndpointUpdateInput):
    """An endpoint to create. Its secret is made by us."""

    read_only_keys = EndpointUpdateInput.read_only_keys - {"tenant_id"}

    tenant_id = UuidField()
    name = StringField(max_length=MAX_NAME_LENGTH)
    url = StringField()
    events = EventsField()
    headers = HeadersField(default=dict, help_text="Sent with each request.")
    enabled = TruthField(default=True)


class EndpointFilter(InputSerializer):
    webhook_endpoint_id = AnyOf(UuidField())
    tenant_id = AnyOf(UuidField())
    name = AnyOf(StringField())
    url = AnyOf(StringField())
    enabled = AnyOf(TruthField())


class EndpointIndexInput(IndexInput):
    filters = EndpointFilter
    sorts = ("created_at", "name")
    default_sort = ("created_at",)


class RedeliverInput(InputSerializer):
    since = UtcDateTimeField(
        any_year=True, help_text="What failed, or was missed, since then is sent again."
    )


class DeliveryFilter(InputSerializer):
    webhook_endpoint_id = AnyOf(UuidField(), source="endpoint")
    webhook_id = AnyOf(StringField(), source="event__webhook_id")
    event = AnyOf(serializers.ChoiceField(choices=EventType.choices), source="event__event_type")
    certificate_id = AnyOf(UuidField())
    state = AnyOf(serializers.ChoiceField(choices=DeliveryState.choices))


class DeliveryIndexInput(IndexInput):
    filters = DeliveryFilter
    sorts = ("created_at",)
    default_sort = ("-created_at",)
    columns = {"created_at": "id"}


class EventQuery(QuerySerializer):
    """Which events: those after a position, of one tenant."""

    after = serializers.IntegerField(
        min_value=0, max_value=2**63 - 1, default=0, help_text="The last position known."
    )
    tenant_id = UuidField(
        required=False, help_text="Needed by an account that belongs to several tenants."
    )

    def get_fields(self) -> dict[str, Any]:
        size = serializers.IntegerField(min_value=1, default=MAX_PER_PAGE)
        return {"per-page": size, **super().get_fields()}


# --- Answers -----------------------------------------------------------------------------------


class EndpointBody(serializers.Serializer[Any]):
    """Where events are sent. Keys that are unset are left out."""

    webhook_endpoint_id = serializers.UUIDField()
    tenant_id = serializers.UUIDField()
    name = serializers.CharField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(choices=EventType.choices))
    headers = serializers.DictField(child=serializers.CharField())
    enabled = serializers.BooleanField()
    disabled_at = UtcDateTimeField(required=False, help_text="When Certkeep switched it off.")
    disabled_reason = serializers.ChoiceField(choices=DisabledReason.choices, required=False)
    failing_since = UtcDateTimeField(required=False)
    paused_until = UtcDateTimeField(required=False, help_text="It asked for less until then.")
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()


class EndpointWithSecret(EndpointBody):
    """The only answer that shows the secret."""

    secret = serializers.CharField()


class EndpointDeleted(serializers.Serializer[Any]):
    deleted = serializers.BooleanField()
    webhook_endpoint_id = serializers.UUIDField()


class RedeliveredBody(serializers.Serializer[Any]):
    failed = serializers.IntegerField(help_text="Deliveries that had been given up.")
    missed = serializers.IntegerField(help_text="Events from while it was disabled.")


class EventBody(serializers.Serializer[Any]):
    """An event. `position` counts within the tenant, `sequence` within the certificate."""

    webhook_id = serializers.CharField()
    position = serializers.IntegerField()
    event = serializers.ChoiceField(choices=EventType.choices)
    certificate_id = serializers.UUIDField(required=False)
    sequence = serializers.IntegerField(required=False)
    created_at = UtcDateTimeField()
    body = serializers.DictField(help_text="What was sent.")


class DeliveryBody(serializers.Serializer[Any]):
    """An event on its way to an endpoint."""

    webhook_delivery_id = serializers.UUIDField()
    webhook_endpoint_id = serializers.UUIDField()
    webhook_id = serializers.CharField()
    event = serializers.ChoiceField(choices=EventType.choices)
    certificate_id = serializers.UUIDField(required=False)
    sequence = serializers.IntegerField(required=False)
    state = serializers.ChoiceField(choices=DeliveryState.choices)
    attempts = serializers.IntegerField()
    next_attempt_at = UtcDateTimeField(required=False)
    settled_at = UtcDateTimeField(required=False)
    error = serializers.CharField(required=False)
    created_at = UtcDateTimeField()


class AttemptBody(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    attempted_at = UtcDateTimeField()
    duration_ms = serializers.IntegerField()
    status = serializers.IntegerField(required=False, help_text="Left out without an answer.")
    error = serializers.CharField(required=False)
    answer = serializers.CharField(help_text="The first 4 KiB of it.")


class DeliveryDetails(DeliveryBody):
    """A delivery with every try of it."""

    tries = AttemptBody(many=True)
