-- The store, version 13: whose number or address it is that somebody wrote from, without a look at every customer. Run after
-- schema_12.sql. runtime/store/scan.c asks with just these expressions.

-- The last four digits of a telephone number that is written with the usual signs; those written with others stand in an index of
-- their own, and all of it is looked at.
CREATE INDEX customer_phone_end ON customer
  (substr(replace(replace(replace(replace(replace(replace(phone, ' ', ''), '-', ''), '(', ''), ')', ''), '.', ''), '/', ''), -4));
CREATE INDEX customer_phone_odd ON customer (row) WHERE phone GLOB '*[^0-9 ()./+-]*';
CREATE INDEX customer_whatsapp_end ON customer
  (substr(replace(replace(replace(replace(replace(replace(whatsapp, ' ', ''), '-', ''), '(', ''), ')', ''), '.', ''), '/', ''), -4));
CREATE INDEX customer_whatsapp_odd ON customer (row) WHERE whatsapp GLOB '*[^0-9 ()./+-]*';
CREATE INDEX customer_email_plain ON customer (lower(trim(email)));
