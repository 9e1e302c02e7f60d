// What the pages of customers and invoices share: where they are, badges of an invoice, tables, how late in a picture.
import {html, useEffect, Table, Pager, Failure, Busy, Badge, Money, Day, t, money, go} from './base.js'

export const customerPath = id => '/customers/' + encodeURIComponent(id)
export const invoicePath = number => '/invoices/' + encodeURIComponent(number)

// A page of a list may come with few rows and go on behind those that were looked at: the next ones are fetched by themselves.
export function useFilled(list, enough = 25) {
  const short = list.rows && list.next && list.rows.length < enough && !list.moreBusy && !list.error
  useEffect(() => { if (short) list.more() }, [short, list.next])
}

const STATUS = {open: 'info', paid: 'good', cancelled: ''}

export const Marks = ({of, today}) => html`<span class="row">
  <${Badge} kind=${STATUS[of.status]}>${t(`ledger.is_${of.status}`)}<//>
  ${of.status === 'open' && today && of.due && of.due < today && html`<${Badge} kind="bad">${t('ledger.overdue')}<//>`}
  ${of.disputed && html`<${Badge} kind="warn">${t('ledger.disputed')}<//>`}
  ${of.promise && html`<${Badge} kind="warn">${t('ledger.promised_for')} <${Day} value=${of.promise} /><//>`}
  ${of.held && html`<${Badge} kind="warn">${t('ledger.waits_for_answer')}<//>`}
</span>`

const columns = (withCustomer, today) => [
  {key: 'number', name: t('ledger.invoice'), head: true, cell: r => html`<a href=${invoicePath(r.number)}>${r.number}</a>`},
  withCustomer && {key: 'customer', name: t('ledger.customer'), cell: r => html`<a href=${customerPath(r.customer.id)}>${r.customer.name}</a>`},
  {key: 'due', name: t('ledger.due'), cell: r => html`<${Day} value=${r.due} />`},
  {key: 'amount', name: t('ledger.amount'), right: true, cell: r => html`<${Money} value=${r.amount} />`},
  {key: 'open', name: t('ledger.open'), right: true, cell: r => html`<${Money} value=${r.open} />`},
  {key: 'rung', name: t('ledger.rung'), cell: r => r.rung && html`<code>${r.rung}</code>`},
  {key: 'marks', name: t('ledger.state'), cell: r => html`<${Marks} of=${r} today=${today} />`},
].filter(Boolean)

export function InvoiceTable({list, customer, today, label}) {
  useFilled(list)
  if (!list.rows) return list.error ? html`<${Failure} error=${list.error} retry=${list.reload} />` : html`<${Busy} />`
  return html`<${Failure} error=${list.error} retry=${list.reload} />
    <${Table} rows=${list.rows} id=${r => r.number} columns=${columns(customer, today)} label=${label} open=${r => go(invoicePath(r.number))} empty=${t('ledger.no_invoices')} />
    <${Pager} list=${list} />`
}

// ---- how late: one bar a bucket, with its sum beside it, so that it can be read without colours and on paper ----

const WIDTH = 240, HIGH = 18
const bucketName = name => name === 'current' ? t('ledger.not_due') : t('ledger.late_days', name)

function Bar({share, at}) {
  const width = Math.max(0, Math.round(share * WIDTH))
  return html`<svg class="aging-bar" viewBox=${`0 0 ${WIDTH} ${HIGH}`} width=${WIDTH} height=${HIGH} aria-hidden="true" focusable="false">
    <rect class="aging-all" x="0" y="3" width=${WIDTH} height=${HIGH - 6} rx="2" />${width > 0 && html`<rect class=${`aging-${at}`} x="0" y="3" width=${Math.max(2, width)} height=${HIGH - 6} rx="2" />`}</svg>`
}

export function Aging({of}) {
  const sizes = of.buckets.map(b => Math.max(0, Number(b.open.amount)))
  const most = Math.max(...sizes, 0)
  return html`<table class="aging"><caption>${t('ledger.aging_in', of.currency)}</caption>
    <thead class="hidden-text"><tr><th scope="col">${t('ledger.late')}</th><th scope="col">${t('ledger.share')}</th><th scope="col">${t('ledger.open')}</th></tr></thead>
    <tbody>${of.buckets.map((b, i) => html`<tr key=${b.name}><th scope="row">${bucketName(b.name)}</th>
      <td><${Bar} share=${most ? sizes[i] / most : 0} at=${i} /></td><td class="right money">${money(b.open)}</td></tr>`)}</tbody></table>`
}
