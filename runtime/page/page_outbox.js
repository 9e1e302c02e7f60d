// Every message and order: by state, channel, customer and day, newest first; those that need a person stand above.
import {html, useData, useRows, useQuery, PageHead, Table, Pager, Field, Button, Notice, Failure, Busy, Instant, t, number} from './base.js'
import {Customer, Invoices, Message, State, Sums, outletName, stepName} from './outbox_message.js'

export const area = 'today' // its words and styles: a message looks alike on both pages
export const areas = ['outbox']
export const styled = true

const STATES = ['ready', 'approved', 'held', 'deferred', 'leased', 'sending', 'unknown', 'dead', 'accepted', 'delivered', 'read', 'replied', 'rejected', 'suppressed', 'expired', 'cancelled']
const OUTLETS = ['email', 'whatsapp', 'sms', 'teams', 'slack', 'erp', 'webhook', 'documents', 'signature']

function Filters({query, set}) {
  const field = (name, more) => ({name, label: t(`outbox.${name}`), value: query[name] || '', onChange: v => set({[name]: v}), ...more})
  const all = [['', t('outbox.any')]]
  const any = ['state', 'channel', 'customer', 'day'].some(k => query[k])
  return html`<div class="filters" role="group" aria-label=${t('outbox.filters')}>
    <${Field} ...${field('state', {type: 'select', options: [...all, ...STATES.map(s => [s, t(`state.${s}`)])]})} />
    <${Field} ...${field('channel', {type: 'select', options: [...all, ...OUTLETS.map(o => [o, outletName(o)])]})} />
    <${Field} ...${field('customer')} />
    <${Field} ...${field('day', {type: 'date'})} />
    ${any && html`<${Button} kind="quiet" run=${() => set({state: '', channel: '', customer: '', day: ''})}>${t('outbox.clear')}<//>`}
  </div>`
}

// What stands open, by state: each number is a filter.
function Open({set}) {
  const today = useData('/api/today', undefined, ['outbox', 'today'])
  if (!today.data) return null
  const counts = {}
  for (const g of today.data.groups) counts[g.state] = (counts[g.state] || 0) + g.count
  const people = ['unknown', 'dead'].filter(s => counts[s])
  return html`${people.map(s => html`<${Notice} key=${s} kind="bad"><div class="row between"><span>${t(`outbox.needs.${s}`, number(counts[s]))}</span>
      <${Button} kind="small" run=${() => set({state: s, channel: '', customer: '', day: ''})}>${t('outbox.show')}<//></div><//>`)}
    <div class="row">${['ready', 'approved', 'held', 'deferred'].filter(s => counts[s]).map(s => html`<${Button} key=${s} kind="small" run=${() => set({state: s})}>
      ${t(`state.${s}`)} · ${number(counts[s])}<//>`)}</div>`
}

const columns = () => [
  {key: 'id', name: t('outbox.number'), right: true, cell: r => r.id},
  {key: 'state', name: t('message.state'), cell: r => html`<${State} state=${r.state} />`},
  {key: 'since', name: t('outbox.since'), cell: r => html`<${Instant} value=${r.since} style="short" />`},
  {key: 'name', name: t('message.customer'), head: true, cell: r => html`<${Customer} row=${r} />`},
  {key: 'invoice', name: t('message.invoice'), cell: r => html`<${Invoices} row=${r} />`},
  {key: 'open', name: t('message.open'), right: true, cell: r => html`<${Sums} of=${r.open} />`},
  {key: 'step', name: t('message.step'), cell: stepName},
  {key: 'outlet', name: t('outbox.channel'), cell: r => outletName(r.outlet)},
  {key: 'tries', name: t('outbox.tries'), right: true, cell: r => r.tries ? number(r.tries) : ''},
  {key: 'reason', name: t('message.why'), cell: r => r.reason}]

export default function Page({me}) {
  const [query, set] = useQuery()
  const {id, ...filter} = query
  const list = useRows('/api/outbox', filter, ['outbox'])
  return html`<${PageHead} title=${t('outbox.title')} sub=${t('outbox.sub')} />
    <div class="stack"><${Open} set=${set} /><${Filters} query=${query} set=${set} />
    ${filter.state && html`<p class="muted">${t(`state.${filter.state}.is`)}</p>`}
    <${Failure} error=${list.error} retry=${list.reload} />
    ${list.rows ? html`<${Table} rows=${list.rows} columns=${columns()} label=${t('outbox.title')} open=${r => set({id: r.id})} empty=${t('outbox.none')} /><${Pager} list=${list} />`
      : !list.error && html`<${Busy} />`}</div>
    ${id && html`<${Message} id=${id} me=${me} onClose=${() => set({id: ''})} />`}`
}
