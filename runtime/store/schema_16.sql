-- The store, version 16: search. Run after schema_15.sql. These tables stay empty until the store is served
-- (runtime/store/search.c), which adds the triggers and indices that keep them.

-- By which words somebody or something is found: folded (words.h). `kind`: 0 customer, 1 invoice, 2 card; `row`: of its table. Of
-- an invoice's number only the words behind the first, which the index of the numbers themselves finds.
CREATE TABLE search_word (
  kind INTEGER NOT NULL,
  word TEXT NOT NULL,
  row INTEGER NOT NULL,
  PRIMARY KEY (kind, word, row)
) STRICT, WITHOUT ROWID;

-- What a list of customers searches and sorts by: all of its words, its name folded, and the due date of the oldest invoice that
-- has something open, NULL without one.
CREATE TABLE customer_face (
  row INTEGER PRIMARY KEY,
  words TEXT NOT NULL,
  name TEXT NOT NULL,
  oldest INTEGER
) STRICT;
CREATE INDEX customer_face_name ON customer_face (name, row);
CREATE INDEX customer_face_oldest ON customer_face (oldest, row) WHERE oldest IS NOT NULL;

-- The words of a card's title, to be taken out again when it changes.
CREATE TABLE card_face (
  row INTEGER PRIMARY KEY,
  words TEXT NOT NULL
) STRICT;

-- What a customer owes in a currency: the sum of its open invoices (a credit note takes off), how many, and the oldest due date.
CREATE TABLE balance (
  customer_row INTEGER NOT NULL,
  currency TEXT NOT NULL,
  open INTEGER NOT NULL,
  invoices INTEGER NOT NULL,
  oldest INTEGER,
  PRIMARY KEY (customer_row, currency)
) STRICT, WITHOUT ROWID;
CREATE INDEX balance_open ON balance (currency, open, customer_row);

-- Whose words (0) or balance (1) changed in the open transaction; empty at its end. 2: a card's words.
CREATE TABLE search_due (
  what INTEGER NOT NULL,
  row INTEGER NOT NULL,
  PRIMARY KEY (what, row)
) STRICT, WITHOUT ROWID;
