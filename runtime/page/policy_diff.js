// A difference of two revisions: the rules in words, the files beside them, and what it does to the ledger.
import {html, Table, Badge, Notice, Money, Day, t, number} from './base.js'
import {addMoney} from './policy_simulate.js'

const KIND = {added: 'good', removed: 'bad', changed: 'warn', moved: 'info', renamed: 'info', reordered: 'info'}

function Rule({rule: r}) {
  const led = (lead, says) => lead && says ? `${lead}: ${says}` : lead || says
  const was = led(r.when_before, r.before), now = led(r.when, r.after)
  return html`<li><${Badge} kind=${KIND[r.change]}>${t('policy.change.' + r.change)}<//> ${r.change === 'added' ? now : r.change === 'removed' ? was
    : html`<dl class="facts"><dt>${t('policy.was')}</dt><dd>${was || '–'}</dd><dt>${t('policy.is_now')}</dt><dd>${now || '–'}</dd></dl>`}</li>`
}

function Rules({rules}) {
  const sections = new Map()
  for (const r of rules) sections.set(r.section || '', [...sections.get(r.section || '') || [], r])
  return html`<section class="panel"><h2>${t('policy.diff.rules')}</h2>${rules.length === 0 && html`<p class="muted">${t('policy.diff.no_rule')}</p>`}
    ${[...sections].map(([name, list]) => html`<div key=${name}>${name && html`<h3>${name}</h3>`}<ul class="plain stack">${list.map((r, i) => html`<${Rule} key=${i} rule=${r} />`)}</ul></div>`)}</section>`
}

function Files({files, days}) {
  if (!files.length && !days.length) return null
  return html`<section class="panel"><h2>${t('policy.diff.files')}</h2><ul class="plain">
    ${files.map(f => html`<li key=${f.kind + f.name}><${Badge} kind=${KIND[f.change]}>${t('policy.change.' + f.change)}<//> <code>${f.name}</code> <span class="muted">+${number(f.lines_added)} −${number(f.lines_removed)} ${f.used_by || ''}</span></li>`)}
    ${days.map(d => html`<li key=${d.day}><${Day} value=${d.day} /> ${t(d.business ? 'policy.diff.opens' : 'policy.diff.closes')} <span class="muted">${d.name || ''}</span></li>`)}</ul></section>`
}

const KINDS = ['gained', 'lost', 'moved', 'changed', 'all']
const sums = open => addMoney(Object.entries(open).map(([currency, amount]) => ({currency, amount})))
const Sums = ({open}) => sums(open).map((m, i) => html`<span key=${m.currency}>${i ? ' + ' : ''}<${Money} value=${m} /></span>`)

function Totals({effect}) {
  const rows = KINDS.map(id => ({id, ...effect.total[id], today: effect.today[id].actions}))
  return html`<${Table} rows=${rows} label=${t('policy.diff.effect')} columns=${[
    {key: 'id', name: t('policy.diff.kind'), head: true, cell: r => t('policy.effect.' + r.id)},
    {key: 'today', name: t('policy.diff.today'), right: true, cell: r => number(r.today)},
    {key: 'actions', name: t('policy.diff.in_days', number(effect.days)), right: true, cell: r => number(r.actions)},
    {key: 'invoices', name: t('policy.sim.invoices'), right: true, cell: r => number(r.invoices)},
    {key: 'customers', name: t('policy.diff.customers'), right: true, cell: r => number(r.customers)},
    {key: 'open', name: t('policy.sim.open'), right: true, cell: r => html`<${Sums} open=${r.open} />`}]} />`
}

function Steps({effect}) {
  const rows = effect.steps.map((s, id) => ({...s, id}))
  const column = k => ({key: k, name: t('policy.effect.' + k), right: true, cell: r => r[k] ? number(r[k]) : ''})
  return html`<${Table} rows=${rows} label=${t('policy.sim.by_step')} columns=${[
    {key: 'rung', name: t('policy.sim.step'), head: true, cell: r => [r.ladder, r.rung].filter(Boolean).join(' · ') || '–'}, {key: 'by', name: t('policy.sim.by')},
    ...KINDS.slice(0, 4).map(column)]} />`
}

const act = a => a ? html`<${Day} value=${a.day} /> <code>${a.action}</code>` : '–'
function Examples({effect}) {
  const rows = KINDS.slice(0, 4).flatMap(k => effect.examples[k].map((x, i) => ({...x, kind: k, id: k + i})))
  return rows.length > 0 && html`<${Table} rows=${rows} label=${t('policy.diff.examples')} caption=${t('policy.diff.examples')} columns=${[
    {key: 'kind', name: t('policy.diff.kind'), cell: r => t('policy.effect.' + r.kind)},
    {key: 'invoice', name: t('policy.sim.invoice'), head: true}, {key: 'customer', name: t('policy.sim.customer')},
    {key: 'open', name: t('policy.sim.open'), right: true, cell: r => html`<${Money} value=${r.open && {amount: r.open, currency: r.currency}} />`},
    {key: 'before', name: t('policy.was'), cell: r => act(r.before)}, {key: 'after', name: t('policy.is_now'), cell: r => act(r.after)}]} />`
}

function Effect({effect}) {
  if (!effect) return html`<${Notice} kind="info">${t('policy.diff.no_store')}<//>`
  const none = effect.total.all.actions === 0
  return html`<section class="panel stack"><h2>${t('policy.diff.effect')}</h2><p>${t('policy.diff.from', number(effect.total.actions_before), number(effect.total.actions_after), number(effect.days))}</p>
    ${effect.twice.length > 0 && html`<${Notice} kind="warn">${t('policy.diff.twice', effect.twice.map(x => `${x.invoice} (${x.template})`).slice(0, 20).join(', '))}<//>`}
    ${none ? html`<p class="muted">${t('policy.diff.no_effect')}</p>` : html`<${Totals} effect=${effect} /><${Steps} effect=${effect} /><${Examples} effect=${effect} />`}</section>`
}

export const Diff = ({result}) => html`<div class="stack"><${Rules} rules=${result.rules} /><${Files} files=${result.files} days=${result.business_days} /><${Effect} effect=${result.effect} /></div>`
