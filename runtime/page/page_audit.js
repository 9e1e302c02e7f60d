// The audit log: what was done and by whom, whether it is whole, and who looked at personal data.
import {html, t, has, may, number, Button, Day, Field, Instant, Loaded, Notice, PageHead, Pager, Table, Tabs, useData, useQuery, useRows} from './base.js'

export const area = 'audit'

function Whole() {
  const whole = useData('/api/audit/whole')
  if (!whole.data) return whole.error ? html`<${Notice} kind="bad">${whole.error.message}<//>` : html`<p class="muted" role="status">${t('audit.checking')}</p>`
  const {entries, broken_at: at, broken_day: day, sealed_days: days} = whole.data
  if (at) return html`<${Notice} kind="bad">${t('audit.broken', number(at))}<//>`
  if (day) return html`<${Notice} kind="bad">${t('audit.broken.day')} <${Day} value=${day} /><//>`
  return html`<${Notice} kind="good">${t('audit.whole', number(entries))} ${days > 0 && t('audit.sealed', number(days))}<//>`
}

// {"did": "invited", "role": "viewer", "login": 1000}: did: invited, role: viewer. The number is of who stands beside it.
const detail = d => Object.entries(d).filter(([k]) => k !== 'login').map(([k, v]) => `${k}: ${typeof v === 'object' ? JSON.stringify(v) : v}`).join(', ')
const kindName = k => (has(`audit.kind.${k}`) ? t(`audit.kind.${k}`) : k)

function Filters({query, set, kinds}) {
  const field = name => ({name, value: query[name] || '', onChange: v => set({[name]: v})})
  return html`<div class="filters" role="search" aria-label=${t('audit.filter')}>
    <${Field} ...${field('kind')} label=${t('audit.kind')} type="select" options=${[['', t('audit.any')], ...kinds.map(k => [k, kindName(k)])]} />
    <${Field} ...${field('actor')} label=${t('audit.actor')} />
    <${Field} ...${field('subject')} label=${t('audit.subject')} />
    <${Field} ...${field('from')} label=${t('audit.from')} type="date" />
    <${Field} ...${field('to')} label=${t('audit.to')} type="date" />
    ${Object.keys(query).length > 0 && html`<${Button} kind="quiet" run=${() => set({kind: '', actor: '', subject: '', from: '', to: ''})}>${t('audit.clear')}<//>`}
  </div>`
}

function Log() {
  const [query, set] = useQuery()
  const kinds = useData('/api/audit/kinds')
  const list = useRows('/api/audit', {kind: query.kind, actor: query.actor, subject: query.subject, from: query.from, to: query.to})
  const columns = [
    {key: 'seq', name: t('audit.seq'), right: true, cell: e => number(e.seq)},
    {key: 'at', name: t('audit.at'), cell: e => html`<${Instant} value=${e.at} />`},
    {key: 'kind', name: t('audit.kind'), head: true, cell: e => kindName(e.kind)},
    {key: 'actor', name: t('audit.actor')},
    {key: 'subject', name: t('audit.subject')},
    {key: 'detail', name: t('audit.detail'), cell: e => html`<span class="muted">${detail(e.detail)}</span>`},
  ]
  return html`<${Filters} query=${query} set=${set} kinds=${kinds.data?.kinds ?? []} />
    <${Loaded} of=${list}>${() => html`<${Table} rows=${list.rows} id=${e => e.seq} columns=${columns} label=${t('audit.title')} empty=${t('audit.none')} /><${Pager} list=${list} />`}<//>`
}

function Reads() {
  const [query, set] = useQuery()
  const list = useRows('/api/audit/reads', {person: query.person, what: query.subject ? 'customer' : '', subject: query.subject, from: query.from, to: query.to})
  const field = name => ({name, value: query[name] || '', onChange: v => set({[name]: v})})
  const columns = [
    {key: 'day', name: t('audit.day'), cell: e => html`<${Day} value=${e.day} />`},
    {key: 'at', name: t('audit.first'), cell: e => html`<${Instant} value=${e.at} />`},
    {key: 'person', name: t('audit.person'), head: true},
    {key: 'what', name: t('audit.what'), cell: e => (has(`audit.what.${e.what}`) ? t(`audit.what.${e.what}`) : e.what)},
    {key: 'subject', name: t('audit.whose'), cell: e => (e.what === 'customer' ? html`<a href=${`/customers/${encodeURIComponent(e.subject)}`}>${e.subject}</a>` : e.subject)},
  ]
  return html`<p class="muted">${t('audit.reads.words')}</p>
    <div class="filters" role="search" aria-label=${t('audit.filter')}>
      <${Field} ...${field('person')} label=${t('audit.person')} /><${Field} ...${field('subject')} label=${t('audit.customer')} />
      <${Field} ...${field('from')} label=${t('audit.from')} type="date" /><${Field} ...${field('to')} label=${t('audit.to')} type="date" /></div>
    <${Loaded} of=${list}>${() => html`<${Table} rows=${list.rows} id=${e => `${e.day} ${e.person} ${e.what} ${e.subject}`} columns=${columns} label=${t('audit.reads')} empty=${t('audit.reads.none')} /><${Pager} list=${list} />`}<//>`
}

export default function Page({me}) {
  const tabs = [{key: 'log', name: t('audit.log'), content: () => html`<${Log} />`}]
  if (may(me, 'admin')) tabs.push({key: 'reads', name: t('audit.reads'), content: () => html`<${Reads} />`})
  return html`<${PageHead} title=${t('audit.title')} sub=${t('audit.sub')} /><${Whole} />
    ${tabs.length > 1 ? html`<${Tabs} tabs=${tabs} label=${t('audit.title')} />` : html`<${Log} />`}`
}
