-- Run once by the image of PostgreSQL, by its superuser, when it makes the cluster: Certkeep's own
-- role, which has its database and nothing else.

\set ON_ERROR_STOP on
\getenv password POSTGRES_PASSWORD

CREATE ROLE certkeep LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
-- As its owner the role may create pg_trgm, a trusted extension, by itself in `migrate`. So it owns
-- that as well, and `manage.py restore` can replace it.
CREATE DATABASE certkeep OWNER certkeep;
REVOKE CONNECT, TEMPORARY ON DATABASE certkeep FROM PUBLIC;
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;

-- The superuser has no password any more: it comes in by the container's own socket alone
-- (docker compose exec database psql --username postgres).
ALTER ROLE postgres PASSWORD NULL;
