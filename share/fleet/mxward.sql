-- The relay list in PostgreSQL, on the primary; run by the owner of the database:
--
--     psql -d mail -f mxward.sql
--
-- mxward writes as the user mxward, the relays read as the user relay; make both first (CREATE ROLE mxward LOGIN ...).
-- Rows of another list are never touched by mxward, so others may keep names in the same table.
CREATE TABLE mxward_relay_domain (
	list  text NOT NULL,
	name  text COLLATE "C" NOT NULL,
	value text NOT NULL DEFAULT 'OK',
	PRIMARY KEY (list, name)
);
CREATE INDEX mxward_relay_domain_name ON mxward_relay_domain (name);
GRANT SELECT, INSERT, UPDATE, DELETE ON mxward_relay_domain TO mxward;
GRANT SELECT ON mxward_relay_domain TO relay;
