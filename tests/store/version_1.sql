-- A store as the released version 1 left it: two runs (2 and 6 March 2026) over four invoices, the second one killed while it
-- was sending A-1's second letter (action 5), and the letter of A-2 (action 2) decided and not yet carried out.
PRAGMA application_id = 1148546643;
PRAGMA user_version = 1;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE batch (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT;
INSERT INTO batch VALUES(1,'csv',1795313348967712);
INSERT INTO batch VALUES(2,'csv',1795313348967933);
CREATE TABLE customer (
  row INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT, segment TEXT, country TEXT, state TEXT, language TEXT, timezone TEXT,
  email TEXT, phone TEXT, whatsapp TEXT, owner TEXT, tags TEXT,
  last_contact INTEGER, since INTEGER, opted_out TEXT, opted_in TEXT,
  custom TEXT,
  source_id TEXT,
  batch INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
INSERT INTO customer VALUES(1,'C1','Ana',NULL,NULL,NULL,NULL,NULL,'ana@one.example',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,1);
INSERT INTO customer VALUES(2,'C2','Bruno',NULL,NULL,NULL,NULL,NULL,'bruno@two.example',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,1);
INSERT INTO customer VALUES(3,'C3','Carla',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1,1);
CREATE TABLE invoice (
  row INTEGER PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  customer_row INTEGER NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL,
  open INTEGER NOT NULL,
  due INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status = 'open' OR status = 'paid' OR status = 'cancelled'),
  issued INTEGER, paid_amount INTEGER, disputed INTEGER, promised INTEGER, promise INTEGER, last_contact INTEGER,
  installment INTEGER, installments INTEGER, contract TEXT, kind TEXT, tags TEXT,
  payment_link TEXT, boleto TEXT, pix TEXT,
  custom TEXT,
  source_id TEXT,
  batch INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
INSERT INTO invoice VALUES(1,'A-1',1,'BRL',10000,10000,20513,'open',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2,1);
INSERT INTO invoice VALUES(2,'A-2',2,'BRL',25000,25000,20509,'open',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2,1);
INSERT INTO invoice VALUES(3,'A-3',3,'BRL',8000,8000,20513,'open',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2,1);
INSERT INTO invoice VALUES(4,'A-4',1,'BRL',4000,4000,20532,'open',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2,1);
CREATE TABLE contract (
  row INTEGER PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  customer_row INTEGER NOT NULL,
  currency TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status = 'active' OR status = 'paused' OR status = 'churned' OR status = 'ended'),
  price INTEGER, start INTEGER, "end" INTEGER, next_adjustment INTEGER, installment INTEGER, installments INTEGER,
  auto_renew INTEGER, in_default INTEGER, due_day INTEGER, "index" TEXT,
  custom TEXT,
  source_id TEXT,
  batch INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE TABLE happening (
  seq INTEGER PRIMARY KEY,
  date INTEGER NOT NULL,
  kind TEXT NOT NULL,
  entity TEXT NOT NULL,
  value TEXT NOT NULL,
  repeat INTEGER NOT NULL,
  amount INTEGER,
  day INTEGER,
  observed INTEGER NOT NULL DEFAULT 0,
  was INTEGER,
  batch INTEGER NOT NULL,
  version INTEGER NOT NULL,
  UNIQUE (date, kind, entity, value, repeat, observed)
) STRICT;
CREATE TABLE custom_field (
  kind INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE position (
  track TEXT NOT NULL,
  kind INTEGER NOT NULL,
  entity TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  "offset" TEXT NOT NULL,
  place INTEGER NOT NULL,
  climbed_on INTEGER NOT NULL,
  quiet INTEGER NOT NULL,
  PRIMARY KEY (track, kind, entity, cycle, "offset")
) STRICT, WITHOUT ROWID;
INSERT INTO position VALUES('ladder',1,'A-1',0,'1d',1,20514,0);
INSERT INTO position VALUES('ladder',1,'A-1',0,'5d',5,20518,0);
INSERT INTO position VALUES('ladder',1,'A-2',0,'5d',5,20514,0);
INSERT INTO position VALUES('ladder',1,'A-3',0,'1d',1,20514,0);
INSERT INTO position VALUES('ladder',1,'A-3',0,'5d',5,20518,0);
CREATE TABLE armed (
  rule TEXT NOT NULL,
  kind INTEGER NOT NULL,
  entity TEXT NOT NULL,
  armed INTEGER NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (rule, kind, entity)
) STRICT, WITHOUT ROWID;
CREATE TABLE revision (
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  git_commit TEXT NOT NULL,
  text TEXT NOT NULL,
  effective_on INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;
INSERT INTO revision VALUES(1,'582419c2598889a25bcafc76b5d4b448bab7e26d006208dc17b461a3294255e4','',replace('policy "Old"\n  currency BRL\n  one message per invoice\nladder standard for invoices\n  at 1d send email "Invoice {number} of {open} is open"\n  at 5d send email "Invoice {number} is still open" then open card in "Calls" titled "Call about {number}"\n','\n',char(10)),20514,1795313348995319);
CREATE TABLE action (
  id INTEGER PRIMARY KEY,
  track TEXT NOT NULL,
  kind INTEGER NOT NULL,
  entity TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  "offset" TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  way INTEGER NOT NULL DEFAULT 0,
  decided_on INTEGER NOT NULL,
  customer TEXT NOT NULL,
  ladder TEXT NOT NULL,
  rung TEXT NOT NULL,
  action TEXT NOT NULL,
  recipient TEXT NOT NULL,
  channel TEXT NOT NULL,
  template TEXT NOT NULL,
  revision INTEGER NOT NULL REFERENCES revision (id),
  lead INTEGER REFERENCES action (id),
  message_hash TEXT NOT NULL,
  not_before INTEGER,
  expires INTEGER,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (track, kind, entity, cycle, "offset", ordinal, way)
) STRICT;
INSERT INTO "action" VALUES(1,'ladder',1,'A-1',0,'1d',0,0,20514,'C1','standard','1d','send email "Invoice A-1 of 100.00 is open"','ana@one.example','email','',1,NULL,'df7783ca7ee5b1381b649ece365e829d408e61125075ed09483820fd9766d340',NULL,NULL,'accepted','',1795313348995470);
INSERT INTO "action" VALUES(2,'ladder',1,'A-2',0,'5d',0,0,20514,'C2','standard','5d','send email "Invoice A-2 is still open"','bruno@two.example','email','',1,NULL,'1fdbcc64d7ef498ea193610d0ecab5e51f1eabcdaffd6dccf6ea8f3a8f20a535',NULL,NULL,'ready','',1795313348995582);
INSERT INTO "action" VALUES(3,'ladder',1,'A-2',0,'5d',1,0,20514,'C2','standard','5d','open card in "Calls" titled "Call about A-2"','','','',1,NULL,'',NULL,NULL,'accepted','',1795313348995627);
INSERT INTO "action" VALUES(4,'ladder',1,'A-3',0,'1d',0,0,20514,'C3','standard','1d','send email "Invoice A-3 of 80.00 is open"','no contact','email','',1,NULL,'',NULL,NULL,'suppressed','no contact',1795313348995683);
INSERT INTO "action" VALUES(5,'ladder',1,'A-1',0,'5d',0,0,20518,'C1','standard','5d','send email "Invoice A-1 is still open"','ana@one.example','email','',1,NULL,'58237551999a96577753186122e37cda9b0bdc74b5bb6525e4d20a743cc1509a',NULL,NULL,'sending','',1795313366467274);
INSERT INTO "action" VALUES(6,'ladder',1,'A-1',0,'5d',1,0,20518,'C1','standard','5d','open card in "Calls" titled "Call about A-1"','','','',1,NULL,'',NULL,NULL,'accepted','',1795313366467377);
INSERT INTO "action" VALUES(7,'ladder',1,'A-3',0,'5d',0,0,20518,'C3','standard','5d','send email "Invoice A-3 is still open"','no contact','email','',1,NULL,'',NULL,NULL,'suppressed','no contact',1795313366467425);
INSERT INTO "action" VALUES(8,'ladder',1,'A-3',0,'5d',1,0,20518,'C3','standard','5d','open card in "Calls" titled "Call about A-3"','','','',1,NULL,'',NULL,NULL,'accepted','',1795313366467435);
CREATE TABLE attempt (
  id INTEGER PRIMARY KEY,
  action INTEGER NOT NULL REFERENCES action (id),
  provider TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  ended_at INTEGER,
  outcome TEXT,
  provider_id TEXT,
  detail TEXT
) STRICT;
INSERT INTO attempt VALUES(1,1,'files','68793bcf1eb3fe6f29bb1a8e59737abefba9eb5d00977a34f71b908b5380d578',1795313348997114,1795313348997839,'accepted','2026-03-02-C1-A-1-68793bcf.eml','written to a file');
INSERT INTO attempt VALUES(3,5,'files','b5a631d20d19ec42984aee77281e6fcd1291e8ef7ac0e3a1c02b595cb4d7df7a',1795313366469800,NULL,NULL,NULL,NULL);
CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  hash BLOB NOT NULL
) STRICT;
INSERT INTO event VALUES(1,1795313348968163,'import','dun','csv','{"files":2,"new":7,"changed":0,"unchanged":0,"rejected":0,"noticed":0}',X'146d38238846f1863b481fb0e71c2459e421a7e219464746bbadcd3bf16d5187');
INSERT INTO event VALUES(2,1795313348995732,'decide','dun run','plan 2026-03-02','{"actions":4,"revision":1}',X'9b902b98558a2a9a93f232e6ef6423dc07828ea7f519916ae5c2964eeee16a39');
INSERT INTO event VALUES(3,1795313348997132,'send','dun run','action 1','{"channel":"email","outcome":"begun"}',X'1446752f31b11cdf933e058dad7baf0ec282498fde794d4cb41cf3535346f31b');
INSERT INTO event VALUES(4,1795313348997868,'sent','dun run','action 1','{"channel":"email","outcome":"accepted"}',X'5b87dba72a06c18b9ea5b150d9f9ccf3e23bb9040858d12b15fb0edd267f1dec');
INSERT INTO event VALUES(5,1795313348998481,'send','dun run','action 2','{"channel":"email","outcome":"begun"}',X'd3bb9013234dca62c75cd0d6ffbb109ed082a6de6985149e4559b65e9d59bc5e');
INSERT INTO event VALUES(6,1795313348999256,'sent','dun run','action 2','{"channel":"email","outcome":"accepted"}',X'8028ab90292ae276077b56e9c9df2f0621cdae93127c9dc069ba70ceca0e7677');
INSERT INTO event VALUES(7,1795313366467483,'decide','dun run','plan 2026-03-06','{"actions":4,"revision":1}',X'df3f707d41c9736994a212838b8c5f295df21c81ca9831496e12437b8079e3a6');
INSERT INTO event VALUES(8,1795313366469827,'send','dun run','action 5','{"channel":"email","outcome":"begun"}',X'701ec47311401e182e001edbf6dff066bfe1a457965e34015252d0e866caf0dd');
INSERT INTO event VALUES(9,1795313366471075,'sent','dun run','action 5','{"channel":"email","outcome":"accepted"}',X'c602f7a747f5587583f090ff94bb1ba432963b03d3dbadc1973a3d3639826df4');
CREATE TABLE sync_state (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO sync_state VALUES('audit.head','9 c602f7a747f5587583f090ff94bb1ba432963b03d3dbadc1973a3d3639826df4');
INSERT INTO sync_state VALUES('events seen','0 20518');
INSERT INTO sync_state VALUES('revision in force','1');
CREATE TABLE message (
  action INTEGER PRIMARY KEY REFERENCES action (id),
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL,
  recipient_name TEXT NOT NULL,
  to_customer INTEGER NOT NULL,
  language TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT NOT NULL,
  gaps TEXT NOT NULL
) STRICT;
INSERT INTO message VALUES(1,'email','ana@one.example','Ana',1,'en','Invoice A-1 of R$100.00 is open',replace('Invoice A-1 of R$100.00 is open\n','\n',char(10)),'','');
INSERT INTO message VALUES(2,'email','bruno@two.example','Bruno',1,'en','Invoice A-2 is still open',replace('Invoice A-2 is still open\n','\n',char(10)),'','');
INSERT INTO message VALUES(5,'email','ana@one.example','Ana',1,'en','Invoice A-1 is still open',replace('Invoice A-1 is still open\n','\n',char(10)),'','');
CREATE TABLE message_invoice (
  message INTEGER NOT NULL REFERENCES message (action),
  ordinal INTEGER NOT NULL,
  invoice TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL,
  open INTEGER NOT NULL,
  due INTEGER NOT NULL,
  PRIMARY KEY (message, ordinal)
) STRICT, WITHOUT ROWID;
INSERT INTO message_invoice VALUES(1,0,'A-1','BRL',10000,10000,20513);
INSERT INTO message_invoice VALUES(2,0,'A-2','BRL',25000,25000,20509);
INSERT INTO message_invoice VALUES(5,0,'A-1','BRL',10000,10000,20513);
CREATE TABLE card (
  id INTEGER PRIMARY KEY,
  action INTEGER NOT NULL UNIQUE REFERENCES action (id),
  kind INTEGER NOT NULL,
  entity TEXT NOT NULL,
  customer TEXT NOT NULL,
  board TEXT NOT NULL,
  place TEXT NOT NULL,
  title TEXT NOT NULL,
  priority TEXT NOT NULL,
  assignee TEXT NOT NULL,
  due_on INTEGER,
  opened_on INTEGER NOT NULL,
  closed_on INTEGER
) STRICT;
INSERT INTO card VALUES(1,3,1,'A-2','C2','Calls','','Call about A-2','','',NULL,20514,NULL);
INSERT INTO card VALUES(2,6,1,'A-1','C1','Calls','','Call about A-1','','',NULL,20518,NULL);
INSERT INTO card VALUES(3,8,1,'A-3','C3','Calls','','Call about A-3','','',NULL,20518,NULL);
CREATE VIEW payment AS
  SELECT h.seq, h.entity AS invoice, h.date, CASE h.kind WHEN 'payment' THEN h.amount ELSE -h.amount END AS amount,
         i.currency, h.observed, b.source, b.seen_at, h.version
  FROM happening h JOIN invoice i ON i.number = h.entity JOIN batch b ON b.id = h.batch
  WHERE h.kind IN ('payment', 'payment reversed');
CREATE VIEW promise AS
  SELECT h.seq, h.entity AS invoice, h.date, h.day AS promised_for, h.observed, b.source, b.seen_at, h.version
  FROM happening h JOIN batch b ON b.id = h.batch WHERE h.kind = 'promise';
CREATE VIEW dispute AS
  SELECT h.seq, h.entity AS invoice, h.date, h.kind = 'dispute' AS opened, h.observed, b.source, b.seen_at, h.version
  FROM happening h JOIN batch b ON b.id = h.batch WHERE h.kind IN ('dispute', 'dispute resolved');
CREATE INDEX action_state ON action (state);
CREATE INDEX action_customer ON action (customer, decided_on);
CREATE INDEX action_lead ON action (lead) WHERE lead IS NOT NULL;
CREATE INDEX attempt_action ON attempt (action);
CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
CREATE INDEX card_entity ON card (kind, entity);
COMMIT;
