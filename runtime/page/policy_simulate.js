// The coming days over the real ledger: computed once, by the server; the slider moves over what came of it.
import {html, useMemo, useState, Table, Button, Pager, Money, Badge, useRows, t, plural, number, day, money, go} from './base.js'
import {JobState, useJob} from './policy_job.js'

const DAYS = 90

function later(iso, n) {
  const d = new Date(iso + 'T00:00:00Z')
  d.setUTCDate(d.getUTCDate() + n)
  return d.toISOString().slice(0, 10)
}

// Sums of texts of digits, exact: in the smallest unit that is written.
export function addMoney(list) {
  const by = new Map()
  for (const m of list) {
    const [whole, part = ''] = m.amount.split('.')
    const was = by.get(m.currency) || {units: 0n, digits: part.length}
    by.set(m.currency, {units: was.units + BigInt(whole + part), digits: part.length})
  }
  return [...by].map(([currency, {units, digits}]) => {
    const text = String(units < 0n ? -units : units).padStart(digits + 1, '0')
    const cut = text.length - digits
    return {currency, amount: (units < 0n ? '-' : '') + (digits ? `${text.slice(0, cut)}.${text.slice(cut)}` : text)}
  })
}

function useDays(result) {
  return useMemo(() => {
    if (!result) return []
    const days = Array.from({length: result.days}, (_, i) => ({day: i, messages: 0, others: 0, cells: []}))
    for (const c of result.cells) {
      const d = days[c.day]
      d.cells.push(c)
      if (result.steps[c.step].message) d.messages += c.actions - c.nobody; else d.others += c.actions
    }
    return days
  }, [result])
}

// A bar a day; what it says the slider and the table say in words.
function Bars({days, at, choose}) {
  const most = Math.max(1, ...days.map(d => d.messages + d.others))
  const wide = 900 / days.length
  return html`<svg class="sim-bars" viewBox="0 0 900 120" preserveAspectRatio="none" aria-hidden="true">
    ${days.map((d, i) => {
      const a = 112 * d.messages / most, b = 112 * d.others / most
      return html`<g key=${i} class=${i === at ? 'now' : ''} onClick=${() => choose(i)}><rect class="hit" x=${i * wide} y="0" width=${wide} height="120" />
        <rect class="messages" x=${i * wide + wide * 0.1} y=${116 - a} width=${wide * 0.8} height=${a} /><rect class="others" x=${i * wide + wide * 0.1} y=${116 - a - b} width=${wide * 0.8} height=${b} /></g>`
    })}</svg>`
}

const stepName = s => [s.ladder, s.rung].filter(Boolean).join(' · ')
const Sums = ({list}) => addMoney(list).map((m, i) => html`<span key=${m.currency}>${i ? ' + ' : ''}<${Money} value=${m} /></span>`)

function DayTable({result, day: d}) {
  const rows = d.cells.map(c => ({...c, ...result.steps[c.step], id: c.step}))
  return html`<${Table} rows=${rows} label=${t('policy.sim.by_step')} empty=${t('policy.sim.nothing')} columns=${[
    {key: 'step', name: t('policy.sim.step'), head: true, cell: r => stepName(r) || '–'},
    {key: 'by', name: t('policy.sim.by'), cell: r => r.by},
    {key: 'actions', name: t('policy.sim.actions'), right: true, cell: r => number(r.actions)},
    {key: 'rows', name: t('policy.sim.invoices'), right: true, cell: r => number(r.rows)},
    {key: 'nobody', name: t('policy.sim.nobody'), right: true, cell: r => r.nobody ? number(r.nobody) : ''},
    {key: 'open', name: t('policy.sim.open'), right: true, cell: r => html`<${Sums} list=${r.open} />`}]} />`
}

function DayList({job, result, day: d}) {
  const list = useRows(`/api/simulations/${job.id}`, {day: d.day})
  if (!list.rows?.length) return null
  const all = d.cells.reduce((n, c) => n + c.actions, 0)
  return html`<section class="stack"><h3>${t('policy.sim.one_by_one')}</h3>
    ${all > result.kept && html`<p class="muted">${t('policy.sim.first_of', number(result.kept), number(all))}</p>`}
    <${Table} rows=${list.rows} id=${r => r.key} label=${t('policy.sim.one_by_one')} open=${r => r.customer && go('/customers/' + encodeURIComponent(r.customer))} columns=${[
      {key: 'customer_name', name: t('policy.sim.customer'), head: true, cell: r => r.customer_name || r.customer},
      {key: 'number', name: t('policy.sim.invoice'), cell: r => html`${r.number}${r.rows > 1 && html` <span class="muted">${t('policy.sim.and_more', number(r.rows - 1))}</span>`}`},
      {key: 'says', name: t('policy.sim.what'), cell: r => html`${r.says} ${r.nobody && html`<${Badge} kind="warn">${t('policy.sim.no_contact')}<//>`}`},
      {key: 'open', name: t('policy.sim.open'), right: true, cell: r => html`<${Money} value=${r.open} />`}]} />
    <${Pager} list=${list} /></section>`
}

function Result({job, result}) {
  const days = useDays(result)
  const [at, setAt] = useState(0)
  const d = days[Math.min(at, days.length - 1)]
  const date = later(result.from, d.day)
  const words = `${day(date, 'weekday')}: ${plural('policy.sim.messages', d.messages)}, ${plural('policy.sim.others', d.others)}`
  const total = days.reduce((n, x) => n + x.messages, 0)
  return html`<div class="stack"><p>${t('policy.sim.all', number(result.invoices), number(total), day(result.from), day(later(result.from, result.days - 1)))}</p>
    <div class="panel stack"><${Bars} days=${days} at=${at} choose=${setAt} />
      <div class="row small muted sim-legend" aria-hidden="true"><i class="messages" />${t('policy.sim.legend.messages')} <i class="others" />${t('policy.sim.legend.others')}</div>
      <label class="sim-slider"><span class="hidden-text">${t('policy.sim.slider')}</span>
        <input type="range" min="0" max=${days.length - 1} value=${at} aria-valuetext=${words} onInput=${e => setAt(Number(e.target.value))} /></label>
      <div class="row between"><strong aria-live="polite">${words}</strong>
        <span class="muted">${addMoney(d.cells.flatMap(c => c.open)).map(money).join(' + ')}</span></div></div>
    <${DayTable} result=${result} day=${d} />
    <${DayList} key=${job.id + d.day} job=${job} result=${result} day=${d} /></div>`
}

export function Simulate({policy, body}) {
  const job = useJob(`simulate:${policy.name}`)
  const run = () => job.start(`/api/policies/${encodeURIComponent(policy.name)}/simulate`, {days: DAYS, ...body})
  return html`<div class="stack"><p class="muted">${t('policy.sim.what_it_is')}</p>
    <div class="row"><${Button} kind="primary" off=${job.working} run=${run}>${t(job.result ? 'policy.sim.again' : 'policy.sim.run', DAYS)}<//></div>
    <${JobState} job=${job} />${job.result && html`<${Result} key=${job.id} job=${job} result=${job.result} />`}</div>`
}
