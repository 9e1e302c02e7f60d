// Customers: found as one types, in the order of what they owe, how late, or their names.
import {html, useRows, useData, useQuery, useState, useEffect, PageHead, Table, Pager, Failure, Busy, Field, Badge, Money, t, plural, go} from './base.js'
import {customerPath, useFilled} from './ledger_parts.js'

export const area = 'ledger'
export const styled = true

// What is typed, once nobody has typed for a moment. It stays out of the address: names would stand in logs.
function useTyped(wait = 90) {
  const [text, set] = useState('')
  const [asked, ask] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => ask(text.trim()), wait)
    return () => clearTimeout(timer)
  }, [text])
  return [text, set, asked]
}

const choices = (any, values) => [['', any], ...(values || []).map(v => [v, v])]

function Filters({query, set, text, setText}) {
  const {data} = useData('/api/choices/customers')
  const choose = (name, any, values) => html`<${Field} label=${t(`ledger.${name}`)} type="select" value=${query[name]} options=${choices(any, values)} onChange=${v => set({[name]: v})} />`
  return html`<div class="filters" role="search" aria-label=${t('ledger.customers')}>
    <${Field} label=${t('ledger.find')} type="search" value=${text} onChange=${setText} autocomplete="off" spellcheck=${false} />
    <${Field} label=${t('ledger.order')} type="select" value=${query.order || 'balance'} onChange=${v => set({order: v})}
      options=${['balance', 'overdue', 'name'].map(k => [k, t(`ledger.by_${k}`)])} />
    ${(data?.currencies?.length > 1 && (query.order || 'balance') === 'balance') && html`<${Field} label=${t('ledger.currency')} type="select" value=${query.currency || data.currencies[0]} options=${data.currencies.map(c => [c, c])} onChange=${v => set({currency: v})} />`}
    ${data?.segments?.length > 0 && choose('segment', t('ledger.any'), data.segments)}
    ${data?.owners?.length > 0 && choose('owner', t('ledger.anybody'), data.owners)}
    ${data?.languages?.length > 1 && choose('language', t('ledger.any'), data.languages)}
    <${Field} label=${t('ledger.overdue_only')} type="checkbox" value=${query.overdue} onChange=${on => set({overdue: on ? 1 : ''})} />
    <${Field} label=${t('ledger.opted_out_only')} type="checkbox" value=${query.opted_out} onChange=${on => set({opted_out: on ? 1 : ''})} />
  </div>`
}

const late = r => r.days_overdue > 0
  ? html`<${Badge} kind=${r.days_overdue > 30 ? 'bad' : 'warn'}>${plural('ledger.days', r.days_overdue)}<//>` : ''
const owed = r => r.balances.map(b => html`<div key=${b.open.currency}><${Money} value=${b.open} /></div>`)

const columns = () => [
  {key: 'name', name: t('ledger.customer'), head: true, cell: r => html`<a href=${customerPath(r.id)}>${r.name}</a>${r.name !== r.id && html` <span class="muted small">${r.id}</span>`}`},
  {key: 'balances', name: t('ledger.owes'), right: true, cell: owed},
  {key: 'days_overdue', name: t('ledger.late'), right: true, cell: late},
  {key: 'invoices', name: t('ledger.open_invoices'), right: true, cell: r => r.balances.reduce((n, b) => n + b.invoices, 0) || ''},
  {key: 'segment', name: t('ledger.segment')},
  {key: 'owner', name: t('ledger.owner')},
  {key: 'opted_out', name: t('ledger.opted_out'), cell: r => r.opted_out.join(', ')},
]

export default function Customers() {
  const [query, set] = useQuery()
  const [text, setText, asked] = useTyped()
  const list = useRows('/api/customers', {...query, order: asked && !query.order ? 'name' : query.order || 'balance', q: asked}, ['customers'])
  useFilled(list)
  return html`<${PageHead} title=${t('ledger.customers')} />
    <${Filters} query=${query} set=${set} text=${text} setText=${setText} />
    <${Failure} error=${list.error} retry=${list.reload} />
    ${list.rows ? html`<${Table} rows=${list.rows} columns=${columns()} label=${t('ledger.customers')} open=${r => go(customerPath(r.id))} empty=${t('ledger.nobody_found')} />
      <${Pager} list=${list} />` : !list.error && html`<${Busy} />`}`
}
