-- The store, version 8: what an ERP tells of by itself. Run after schema_7.sql.

-- A happening of kind 'erp event' is about a customer: `entity` is its id, `name` what it is ("sap order created"), `said` its
-- values, a line each ("order_number=4711"), `value` the ERP's own word for this one event. It counts once, whoever tells of it
-- (a scan, a webhook) and on whatever day.
ALTER TABLE happening ADD COLUMN name TEXT;
ALTER TABLE happening ADD COLUMN said TEXT;
CREATE UNIQUE INDEX happening_erp ON happening (value) WHERE kind = 'erp event';
