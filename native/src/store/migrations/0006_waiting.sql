-- `scored` is how many events a contact had when it was last scored: while that is another number
-- than it has now, the contact waits to be scored again, whatever becomes of the process. What lists
-- show of the newest predictions beside their scores: the lead score of a week before, and the best
-- hour for a message.
ALTER TABLE contacts ADD COLUMN scored INTEGER;
ALTER TABLE contacts ADD COLUMN lead_previous REAL;
ALTER TABLE contacts ADD COLUMN best_hour INTEGER;

UPDATE contacts SET scored = events
WHERE ifnull(lead_at, ifnull(churn_at, engagement_at)) IS NOT NULL;

UPDATE contacts SET lead_previous = (SELECT answer ->> '$.trend.previous' FROM scores
  WHERE scores.tenant = contacts.tenant AND scores.contact = contacts.contact
    AND model = 'lead' AND computed_at = lead_at)
WHERE lead_at IS NOT NULL;

UPDATE contacts SET best_hour = (SELECT answer ->> '$.optimal_hour' FROM scores
  WHERE scores.tenant = contacts.tenant AND scores.contact = contacts.contact
    AND model = 'engagement' AND computed_at = engagement_at)
WHERE engagement_at IS NOT NULL;

CREATE INDEX contacts_waiting ON contacts (tenant) WHERE scored IS NOT events;

DROP TRIGGER scores_newest;

CREATE TRIGGER scores_newest AFTER INSERT ON scores BEGIN
  UPDATE contacts SET lead = NEW.value, lead_label = NEW.label, lead_at = NEW.computed_at,
    lead_previous = NEW.answer ->> '$.trend.previous'
  WHERE NEW.model = 'lead' AND tenant = NEW.tenant AND contact = NEW.contact
    AND ifnull(lead_at, NEW.computed_at) <= NEW.computed_at;
  UPDATE contacts SET churn = NEW.value, churn_label = NEW.label, churn_at = NEW.computed_at
  WHERE NEW.model = 'churn' AND tenant = NEW.tenant AND contact = NEW.contact
    AND ifnull(churn_at, NEW.computed_at) <= NEW.computed_at;
  UPDATE contacts SET engagement = NEW.value, engagement_label = NEW.label,
    engagement_at = NEW.computed_at, best_hour = NEW.answer ->> '$.optimal_hour'
  WHERE NEW.model = 'engagement' AND tenant = NEW.tenant AND contact = NEW.contact
    AND ifnull(engagement_at, NEW.computed_at) <= NEW.computed_at;
END;
