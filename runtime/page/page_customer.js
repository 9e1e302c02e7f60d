// One customer: what it owes and since when, how to reach it, all that happened, its invoices and contracts.
import {html, useData, useRows, useShell, Loaded, PageHead, Tabs, Table, Pager, Failure, Busy, Badge, Money, Day, Instant, Notice, t, plural} from './base.js'
import {Aging, InvoiceTable, customerPath} from './ledger_parts.js'
import {Timeline} from './ledger_timeline.js'

export const area = 'ledger'
export const styled = true

const Fact = ({name, children}) => children ? html`<dt>${name}</dt><dd class="wrap-any">${children}</dd>` : null

function Contacts({c}) {
  return html`<section class="panel"><h2>${t('ledger.contacts')}</h2><dl class="facts">
    <${Fact} name=${t('ledger.email')}>${c.email && html`<a href=${`mailto:${c.email}`}>${c.email}</a>`}<//>
    <${Fact} name=${t('ledger.phone')}>${c.phone && html`<a href=${`tel:${c.phone.replace(/[^+0-9]/g, '')}`}>${c.phone}</a>`}<//>
    <${Fact} name="WhatsApp">${c.whatsapp}<//>
    <${Fact} name=${t('ledger.opted_out')}>${c.opted_out.length > 0 && html`<${Badge} kind="warn">${c.opted_out.join(', ')}<//>`}<//>
    <${Fact} name=${t('ledger.opted_in')}>${c.opted_in.join(', ')}<//>
    <${Fact} name=${t('ledger.owner')}>${c.owner}<//>
    <${Fact} name=${t('ledger.segment')}>${c.segment}<//>
    <${Fact} name=${t('ledger.country')}>${[c.country, c.state].filter(Boolean).join(' ')}<//>
    <${Fact} name=${t('ledger.language')}>${c.language}<//>
    <${Fact} name=${t('ledger.tags')}>${c.tags.length > 0 && c.tags.map(x => html`<${Badge} key=${x}>${x}<//> `)}<//>
    <${Fact} name=${t('ledger.last_contact')}>${c.last_contact && html`<${Day} value=${c.last_contact} />`}<//>
    <${Fact} name=${t('ledger.source')}>${c.source} ${c.seen_at && html`<span class="muted"><${Instant} value=${c.seen_at} /></span>`}<//>
  </dl></section>`
}

function Owed({c}) {
  return html`<section class="panel"><h2>${t('ledger.owes')}</h2>
    ${c.balances.length === 0 && html`<p class="muted">${t('ledger.owes_nothing')}</p>`}
    <div class="tiles">${c.balances.map(b => html`<div class="tile" key=${b.open.currency}><strong><${Money} value=${b.open} /></strong>${' '}
      <span class="muted">${plural('ledger.invoices', b.invoices)}</span>${b.days_overdue > 0 && html` <${Badge} kind="bad">${plural('ledger.days_late', b.days_overdue)}<//>`}</div>`)}</div>
    ${c.aging.map(a => html`<${Aging} key=${a.currency} of=${a} />`)}</section>`
}

function Invoices({id, status}) {
  const list = useRows('/api/invoices', {customer: id, status, order: status === 'open' ? 'due' : '-due'}, ['invoices'])
  return html`<${InvoiceTable} list=${list} today=${useShell()?.today} label=${t('ledger.invoices')} />`
}

const contractColumns = () => [
  {key: 'number', name: t('ledger.contract'), head: true},
  {key: 'status', name: t('ledger.state'), cell: k => t(`ledger.contract.${k.status}`)},
  {key: 'price', name: t('ledger.price'), right: true, cell: k => html`<${Money} value=${k.price} />`},
  {key: 'next_bill', name: t('ledger.next_bill'), cell: k => html`<${Day} value=${k.next_bill} />`},
  {key: 'next_adjustment', name: t('ledger.next_adjustment'), cell: k => html`<${Day} value=${k.next_adjustment} />`},
  {key: 'index', name: t('ledger.index')},
  {key: 'end', name: t('ledger.contract_end'), cell: k => html`<${Day} value=${k.end} />`},
]
function Contracts({id}) {
  const list = useRows(`/api${customerPath(id)}/contracts`, undefined, ['customers'])
  if (!list.rows) return list.error ? html`<${Failure} error=${list.error} retry=${list.reload} />` : html`<${Busy} />`
  return html`<${Table} rows=${list.rows} id=${k => k.number} columns=${contractColumns()} label=${t('ledger.contracts')} empty=${t('ledger.no_contracts')} /><${Pager} list=${list} />`
}

export default function Customer({params}) {
  const {id} = params
  const of = useData(`/api${customerPath(id)}`, undefined, ['customers'])
  const name = of.data?.name || id
  return html`<${PageHead} title=${name} sub=${name !== id ? id : null} />
    <${Loaded} of=${of}>${c => html`
      ${c.paused && html`<${Notice} kind="warn">${t('ledger.paused_by', c.paused.by)} ${c.paused.reason}<//>`}
      <div class="columns"><${Owed} c=${c} /><${Contacts} c=${c} /></div>
      <${Tabs} label=${name} tabs=${[
        {key: 'timeline', name: t('ledger.timeline'), content: () => html`<${Timeline} path=${`/api${customerPath(id)}/timeline`} />`},
        {key: 'open', name: t('ledger.open_invoices'), content: () => html`<${Invoices} key="open" id=${id} status="open" />`},
        {key: 'all', name: t('ledger.all_invoices'), content: () => html`<${Invoices} key="all" id=${id} />`},
        {key: 'contracts', name: t('ledger.contracts'), content: () => html`<${Contracts} id=${id} />`},
      ]} />`}<//>`
}
