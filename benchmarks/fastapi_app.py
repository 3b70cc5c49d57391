"""The same contracts with FastAPI, SQLAlchemy 2 (async, asyncpg) and response models."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import DateTime, ForeignKey, Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
)

URL = os.environ["DATABASE_URL"].replace("postgres://", "postgresql+asyncpg://")
engine = create_async_engine(URL, pool_size=8, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]


class Base(DeclarativeBase):
    pass


class Renewal(Base):
    __tablename__ = "certifications_renewal"
    id: Mapped[int] = mapped_column(primary_key=True)
    certification_id: Mapped[int] = mapped_column(ForeignKey("certifications_certification.id"))
    renewed_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    created_at: Mapped[Moment]


class Certification(Base):
    __tablename__ = "certifications_certification"
    id: Mapped[int] = mapped_column(primary_key=True)
    mentor_id: Mapped[str]
    certification_type_id: Mapped[str]
    status: Mapped[str]
    issued_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    renewals: Mapped[list[Renewal]] = relationship(order_by=Renewal.renewed_at)


class Certificate(Base):
    __tablename__ = "certificates_certificate"
    certificate_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[uuid.UUID]
    date_release: Mapped[date]
    date_expire: Mapped[date | None]
    name: Mapped[str]
    note: Mapped[str | None]
    action_type: Mapped[str]
    resource_id: Mapped[uuid.UUID]
    warning: Mapped[int]
    validity_unit: Mapped[str | None]
    validity: Mapped[int | None]


class EarnedBadge(Base):
    __tablename__ = "badges_earnedbadge"
    id: Mapped[int] = mapped_column(primary_key=True)
    definition_id: Mapped[int]
    mentor_id: Mapped[str]
    revoked_at: Mapped[Moment | None]


class Group(Base):
    __tablename__ = "auth_group"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Membership(Base):
    __tablename__ = "auth_user_groups"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    group_id: Mapped[int] = mapped_column(ForeignKey("auth_group.id"))


class Token(Base):
    __tablename__ = "knox_authtoken"
    digest: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    expiry: Mapped[Moment | None]
    groups: Mapped[list[Group]] = relationship(
        secondary="auth_user_groups",
        primaryjoin="Token.user_id == foreign(Membership.user_id)",
        secondaryjoin="foreign(Membership.group_id) == Group.id",
        viewonly=True,
    )


class Entry(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    renewed_at: datetime
    expires_at: datetime


class Facts(BaseModel):
    model_config = ConfigDict(from_attributes=True, populate_by_name=True)
    mentor_id: str = Field(max_length=64)
    cert_type: str = Field(validation_alias="certification_type_id", max_length=100)
    status: str = "active"
    issued_at: datetime
    expires_at: datetime


class Record(Facts):
    renewal_history: list[Entry] = Field(validation_alias="renewals")
    updated_at: datetime


class Upserted(Record):
    upserted: bool = True


class Expiring(Facts):
    days_until_expiry: int


class Pagination(BaseModel):
    page: int
    limit: int
    total: int


class Records(BaseModel):
    data: list[Record]
    pagination: Pagination


class ExpiringRecords(BaseModel):
    data: list[Expiring]
    pagination: Pagination


class Appended(BaseModel):
    mentor_id: str
    renewal_appended: bool
    renewal_entry: Entry
    total_renewals: int
    updated_at: datetime


class CertificateBody(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    certificate_id: uuid.UUID
    tenant_id: uuid.UUID
    date_release: date
    date_expire: date | None
    name: str
    note: str | None
    action_type: str
    resource_id: uuid.UUID
    warning: int
    validity_unit: str | None
    validity: int | None


class Filter(BaseModel):
    resource_id: uuid.UUID
    tenant_id: uuid.UUID


class Search(BaseModel):
    filter: Filter


class Exists(BaseModel):
    exists: bool
    earned_badge_id: str | None


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session)]


async def account(request: Request, database: Session) -> int:
    """The number of the account that the bearer token belongs to; it has to have role `system`."""
    token = request.headers["authorization"].split()[1]
    digest = hashlib.sha512(token.encode()).hexdigest()
    held = await database.scalar(
        select(Token).where(Token.digest == digest).options(joinedload(Token.groups))
    )
    if held is None or (held.expiry is not None and held.expiry < datetime.now(UTC)):
        raise HTTPException(401)
    if "system" not in {group.name for group in held.groups}:
        raise HTTPException(403)
    return held.user_id


Account = Annotated[int, Depends(account)]


async def total_of(database: AsyncSession, query: Select[Any]) -> int:
    return await database.scalar(select(func.count()).select_from(query.subquery())) or 0


@app.get("/api/v1/certification-records", response_model=Records)
async def records(
    database: Session, cert_type: str | None = None, status: str | None = None
) -> Any:
    query = select(Certification)
    if cert_type:
        query = query.where(Certification.certification_type_id == cert_type)
    if status:
        query = query.where(Certification.status == status)
    ordered = query.order_by(Certification.mentor_id, Certification.certification_type_id)
    found = await database.scalars(ordered.options(selectinload(Certification.renewals)).limit(20))
    figures = {"page": 1, "limit": 20, "total": await total_of(database, query)}
    return {"data": found.all(), "pagination": figures}


@app.get("/api/v1/certification-records/expiring", response_model=ExpiringRecords)
async def expiring(database: Session, within_days: int = 30) -> Any:
    now = datetime.now(UTC)
    query = select(Certification).where(
        Certification.status == "active",
        Certification.expires_at.between(now, now + timedelta(days=within_days)),
    )
    found = await database.scalars(query.order_by(Certification.expires_at).limit(20))
    bodies = [
        {
            "mentor_id": held.mentor_id,
            "certification_type_id": held.certification_type_id,
            "status": held.status,
            "issued_at": held.issued_at,
            "expires_at": held.expires_at,
            "days_until_expiry": (held.expires_at.date() - now.date()).days,
        }
        for held in found
    ]
    figures = {"page": 1, "limit": 20, "total": await total_of(database, query)}
    return {"data": bodies, "pagination": figures}


def current(mentor_id: str) -> Select[Any]:
    return (
        select(Certification)
        .where(Certification.mentor_id == mentor_id)
        .order_by(Certification.issued_at.desc())
        .limit(1)
    )


@app.get("/api/v1/certification-records/{mentor_id}", response_model=Record)
async def one(mentor_id: str, database: Session) -> Any:
    held = await database.scalar(current(mentor_id).options(selectinload(Certification.renewals)))
    if held is None:
        raise HTTPException(404)
    return held


class RecordInput(BaseModel):
    mentor_id: str = Field(max_length=64)
    cert_type: str = Field(max_length=100)
    status: str = "active"
    issued_at: datetime
    expires_at: datetime


@app.post("/api/v1/certification-records", response_model=Upserted)
async def upsert(body: RecordInput, database: Session) -> Any:
    now = datetime.now(UTC)
    facts = {"status": body.status, "issued_at": body.issued_at, "expires_at": body.expires_at}
    values = facts | {"mentor_id": body.mentor_id, "certification_type_id": body.cert_type}
    statement = (
        insert(Certification)
        .values(**values, created_at=now, updated_at=now)
        .on_conflict_do_update(
            index_elements=["mentor_id", "certification_type_id"], set_=facts | {"updated_at": now}
        )
        .returning(Certification)
        .options(selectinload(Certification.renewals))
    )
    held = await database.scalar(statement)
    await database.commit()
    return held


@app.post(
    "/api/v1/certification-records/{mentor_id}/renewals", response_model=Appended, status_code=201
)
async def renew(mentor_id: str, body: Entry, database: Session) -> Any:
    now = datetime.now(UTC)
    held = await database.scalar(current(mentor_id).with_for_update())
    if held is None:
        raise HTTPException(404)
    facts = {"renewed_at": body.renewed_at, "expires_at": body.expires_at}
    database.add(Renewal(certification_id=held.id, created_at=now, **facts))
    held.expires_at, held.status, held.updated_at = body.expires_at, "active", now
    await database.flush()
    mine = select(func.count()).where(Renewal.certification_id == held.id)
    total = await database.scalar(mine)
    await database.commit()
    return {
        "mentor_id": mentor_id,
        "renewal_appended": True,
        "renewal_entry": body,
        "total_renewals": total,
        "updated_at": now,
    }


@app.post("/v2/certificate/index", response_model=list[CertificateBody])
async def index(body: Search, database: Session, _: Account) -> Any:
    query = select(Certificate).where(
        Certificate.tenant_id == body.filter.tenant_id,
        Certificate.resource_id == body.filter.resource_id,
    )
    found = await database.scalars(query.order_by(Certificate.name).limit(20))
    return found.all()


@app.get("/api/v1/earned-badges/exists", response_model=Exists)
async def exists(
    peer_mentor_id: str, badge_definition_id: str, database: Session, _: Account
) -> Any:
    number = int(badge_definition_id.removeprefix("bdg-def-"))
    found = await database.scalar(
        select(EarnedBadge).where(
            EarnedBadge.definition_id == number,
            EarnedBadge.mentor_id == peer_mentor_id,
            EarnedBadge.revoked_at.is_(None),
        )
    )
    earned_id = f"earned-{found.id:03d}" if found else None
    return {"exists": found is not None, "earned_badge_id": earned_id}
