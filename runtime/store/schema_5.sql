-- The store, version 5: who was erased. Run after schema_4.sql.

-- A customer whose personal data were taken out. `key`: SHA-256 of this store's salt and the id that the source gave, so that
-- an import cannot bring the person back; the row of `customer` stays under a name that says nothing.
CREATE TABLE erased (
  key BLOB PRIMARY KEY,
  customer_row INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
