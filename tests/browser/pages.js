// The pages that are looked at, one row a page: name of its picture, address (or a function of the house that finds one), who looks.
'use strict'
const first = (list, of) => async (ask, key) => {
  const a = await ask({do: 'ask', key, who: 'admin', method: 'GET', path: list})
  const row = a.json?.rows?.[0]
  return row ? of(row) : null
}
module.exports = [
  {name: 'today', at: '/'},
  {name: 'board', at: '/board'},
  {name: 'card', at: async (ask, key) => {
    const a = await ask({do: 'ask', key, who: 'admin', method: 'GET', path: '/api/board'})
    const card = a.json?.columns?.flatMap(c => c.rows)[0]
    return card ? `/cards/${card.id}` : null
  }},
  {name: 'customers', at: '/customers'},
  {name: 'customer', at: first('/api/customers', r => `/customers/${encodeURIComponent(r.id)}`)},
  {name: 'invoices', at: '/invoices'},
  {name: 'invoice', at: first('/api/invoices', r => `/invoices/${encodeURIComponent(r.id ?? r.number)}`)},
  {name: 'outbox', at: '/outbox'},
  {name: 'policies', at: '/policies'},
  {name: 'policy', at: first('/api/policies', r => `/policies/${encodeURIComponent(r.name)}`)},
  {name: 'reports', at: '/reports'},
  {name: 'connections', at: '/connections'},
  {name: 'audit', at: '/audit'},
  {name: 'people', at: '/people'},
  {name: 'account', at: '/account'},
  {name: 'login', at: '/login', who: null},
]
