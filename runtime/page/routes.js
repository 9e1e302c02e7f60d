// The pages: [address, area, role, key of its name in the navigation and its picture, if it stands there]. page_AREA.js and
// words_AREA are loaded when it is opened, style_AREA.css where `styled` names it. runtime/api/page_files.c knows the first parts.
export const ROUTES = [
  ['/', 'today', 'viewer', 'sun'],
  ['/board', 'board', 'viewer', 'columns'],
  ['/customers', 'customers', 'viewer', 'people'],
  ['/invoices', 'invoices', 'viewer', 'sheet'],
  ['/outbox', 'outbox', 'viewer', 'send'],
  ['/policies', 'policies', 'viewer', 'scroll'],
  ['/reports', 'reports', 'viewer', 'chart'],
  ['/connections', 'connections', 'viewer', 'plug'],
  ['/audit', 'audit', 'viewer', 'check'],
  ['/people', 'people', 'admin', 'key'],
  ['/today', 'today', 'viewer'],
  ['/cards/{id}', 'card', 'viewer'],
  ['/customers/{id}', 'customer', 'viewer'],
  ['/invoices/{id}', 'invoice', 'viewer'],
  ['/policies/{id}', 'policy', 'viewer'],
  ['/account', 'account', 'viewer'],
]
