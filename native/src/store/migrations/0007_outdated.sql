-- When a contact was last scored and by which versions of the models, whatever came of it: scores
-- change with time and with the models too. NULL for who was scored before this was noted.
ALTER TABLE contacts ADD COLUMN scored_at INTEGER;
ALTER TABLE contacts ADD COLUMN scored_by TEXT;

CREATE INDEX contacts_scored ON contacts (tenant, scored_by, scored_at);
