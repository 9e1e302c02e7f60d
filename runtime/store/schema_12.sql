-- The store, version 12: when a row was last read alone from the ERP that it comes from. Run after schema_11.sql.

-- `kind`: 0 customer, 1 invoice; `row`: of its table. `read_at`: when it was asked for, changed or not.
CREATE TABLE row_read (
  kind INTEGER NOT NULL,
  row INTEGER NOT NULL,
  read_at INTEGER NOT NULL,
  PRIMARY KEY (kind, row)
) STRICT, WITHOUT ROWID;
