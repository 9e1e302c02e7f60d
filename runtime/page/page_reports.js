// Reports: figures of a period beside the period before, pictures with their tables; each number opens the rows that it sums.
import {html, useEffect, useState, useData, useQuery, useShell, api, Button, Dialog, Field, Loaded, Notice, PageHead, Pager, Tabs, day, number, percent, money, plural, t, toastError, useRows} from './base.js'
import {Chart} from './reports_chart.js'

export const area = 'reports'
export const styled = true

const REPORTS = ['aging', 'dso', 'effectiveness', 'activity', 'contracts']

// ---- values ----

function shown(kind, v) {
  if (v === null || v === undefined) return html`<span class="muted">${t('reports.unknown')}</span>`
  if (kind === 'money') return html`<span class="money">${money(v)}</span>`
  if (kind === 'percent') return percent(Number(v) / 100, 2)
  if (kind === 'days') return number(Number(v), 2)
  if (kind === 'count') return number(v)
  return kind === 'date' ? html`<time datetime=${v}>${day(v)}</time>` : v
}
const isNumber = kind => kind !== 'text' && kind !== 'date'

// What a value came to against the period before: only where both are known.
const plain = v => v === null || v === undefined ? null : Number(v.amount ?? v)
function Compared({figure}) {
  const was = plain(figure.before), is = plain(figure.now)
  if (was === null) return html`<span class="muted">${t('reports.before_unknown')}</span>`
  const sign = is === null || is === was ? '' : is > was ? '▲ ' : '▼ '
  const words = is === null || is === was ? t('reports.same') : t(is > was ? 'reports.more' : 'reports.less')
  return html`<span class="muted"><span aria-hidden="true">${sign}</span><span class="hidden-text">${words} </span>${t('reports.before')} ${shown(figure.kind, figure.before)}</span>`
}

// ---- rows ----

const LINKS = {invoice: '/invoices/', customer: '/customers/'}
function rowCell(column, v) {
  const to = LINKS[column.name]
  return to && v ? html`<a href=${to + encodeURIComponent(v)}>${v}</a>` : shown(column.kind, v)
}

function Rows({which, title, report, params, onClose}) {
  const list = useRows(`/api/reports/${report}/rows`, {...params, which, limit: 50})
  const href = api.address(`/api/reports/${report}/csv`, {...params, which, bom: 1})
  const columns = list.data?.columns || []
  return html`<${Dialog} title=${title} wide onClose=${onClose} foot=${html`<a class="button" href=${href} download>${t('reports.csv')}</a>`}>
    <${Loaded} of=${list}>${() => list.rows.length === 0 ? html`<p class="muted">${t('reports.no_rows')}</p>` : html`
      <div class="table tall" tabindex="0" role="group" aria-label=${title}><table>
        <thead><tr>${columns.map(c => html`<th key=${c.name} scope="col" class=${isNumber(c.kind) ? 'right' : ''}>${c.title}</th>`)}</tr></thead>
        <tbody>${list.rows.map((row, i) => html`<tr key=${i}>${columns.map((c, k) => html`<td key=${c.name} class=${isNumber(c.kind) ? 'right' : ''}>${rowCell(c, row.cells[k])}</td>`)}</tr>`)}</tbody>
      </table></div>
      <${Pager} list=${list} />`}<//>
  <//>`
}

// A number that opens its rows; without any it stands alone.
function Opens({rows, title, open, children}) {
  return rows ? html`<button type="button" class="reports-open" onClick=${() => open({which: rows, title})}>${children}</button>` : children
}

// ---- figures and tables ----

function Figures({data, open}) {
  const currencies = [...new Set(data.figures.map(f => f.currency))]
  return currencies.map(cur => html`<section key=${cur} class="panel" aria-label=${cur || data.title}>
    ${cur && html`<h2>${cur}</h2>`}
    <dl class="reports-figures">${data.figures.filter(f => f.currency === cur).map(f => html`<div key=${f.name} data-figure=${f.name}>
      <dt>${f.title}</dt>
      <dd class="reports-value"><${Opens} rows=${f.now === null ? '' : f.rows} title=${f.title} open=${open}>${shown(f.kind, f.now)}<//></dd>
      <dd class="small"><${Compared} figure=${f} /></dd>
      <dd class="small muted">${f.how}</dd>
    </div>`)}</dl>
  </section>`)
}

function ReportTable({table, open, csv}) {
  const {columns, rows} = table
  const heading = `reports-${table.name}`
  return html`<section class="panel" aria-labelledby=${heading}>
    <div class="row between"><h2 id=${heading}>${table.title}</h2><a class="button small" href=${csv(table.name)} download>${t('reports.csv')}</a></div>
    ${rows.length === 0 ? html`<p class="muted">${t('reports.nothing')}</p>` : html`
      <${Chart} table=${table} />
      <div class="table tall" tabindex="0" role="group" aria-labelledby=${heading}><table>
        <thead><tr>${columns.map(c => html`<th key=${c.name} scope="col" class=${isNumber(c.kind) ? 'right' : ''}>${c.title}</th>`)}</tr></thead>
        <tbody>${rows.map((row, i) => html`<tr key=${i}>${columns.map((c, k) => html`<td key=${c.name} class=${isNumber(c.kind) ? 'right' : ''}>
          <${Opens} rows=${row.opens[k]} title=${`${table.title}: ${c.title}`} open=${open}>${shown(c.kind, row.cells[k])}<//></td>`)}</tr>`)}</tbody>
      </table></div>`}
  </section>`
}

// ---- what is asked ----

const iso = d => d.toISOString().slice(0, 10)
const plus = (day, n) => iso(new Date(Date.parse(day + 'T00:00:00Z') + n * 86400000))
function monthsBack(today, n) {
  const [y, m] = today.split('-').map(Number)
  return [iso(new Date(Date.UTC(y, m - 1 - n, 1))), iso(new Date(Date.UTC(y, m - n, 0)))]
}
function presets(today) {
  const [first] = monthsBack(today, 0)
  const [lastFirst, lastEnd] = monthsBack(today, 1)
  return [['month', first, today], ['last', lastFirst, lastEnd], ['90', plus(today, -89), today], ['year', today.slice(0, 4) + '-01-01', today]]
}

function Asked({report, query, set, data}) {
  const today = useShell()?.today || iso(new Date())
  const from = query.from || data?.from || '', to = query.to || data?.to || ''
  const known = presets(today)
  const chosen = known.find(p => p[1] === from && p[2] === to)?.[0] || 'own'
  const choose = key => {
    const p = known.find(x => x[0] === key)
    if (p) set({from: p[1], to: p[2]})
  }
  return html`<form class="filters reports-asked" onSubmit=${e => e.preventDefault()}>
    <${Field} label=${t('reports.period')} name="period" type="select" value=${chosen} onChange=${choose}
      options=${[...known.map(p => [p[0], t('reports.period.' + p[0])]), ['own', t('reports.period.own')]]} />
    <${Field} label=${t('reports.from')} name="from" type="date" value=${from} max=${today} onChange=${v => set({from: v, to})} />
    <${Field} label=${t('reports.to')} name="to" type="date" value=${to} max=${today} onChange=${v => set({from, to: v})} />
    ${report === 'aging' && html`
      <${Field} label=${t('reports.group')} name="group" type="select" value=${query.group || 'all'} onChange=${v => set({group: v === 'all' ? '' : v})}
        options=${['all', 'customer', 'segment', 'owner'].map(g => [g, t('reports.group.' + g)])} />
      <${Field} label=${t('reports.edges')} name="edges" type="select" value=${query.edges || ''} onChange=${v => set({edges: v})}
        options=${[['', '30, 60, 90'], ['15,30,60,90,180,360', '15, 30, 60, 90, 180, 360'], ['7,14,30', '7, 14, 30']]} />
      <${Field} label=${t('reports.home')} name="home" type="checkbox" value=${!!query.home} onChange=${v => set({home: v ? '1' : ''})} />`}
    ${report === 'effectiveness' && html`<${Field} label=${t('reports.within')} name="within" type="select" value=${query.within || '7'} onChange=${v => set({within: v === '7' ? '' : v})}
      options=${['3', '7', '14', '30'].map(n => [n, plural('reports.days', Number(n))])} />`}
  </form>`
}

// ---- PDF ----

const pause = ms => new Promise(done => setTimeout(done, ms))
async function makePdf(report, params) {
  const begun = await api.post(api.address(`/api/reports/${report}/pdf`, params))
  for (let i = 0; i < 120; i++) {
    const seen = await api.get('/api/jobs/' + begun.job)
    if (seen.state === 'done') return location.assign('/api/reports/pdf/' + begun.job)
    if (seen.state !== 'waits' && seen.state !== 'runs') throw Object.assign(new Error(seen.error?.message || t('reports.no_pdf')), {code: 'not_so'})
    await pause(i < 10 ? 250 : 1000)
  }
  throw Object.assign(new Error(t('reports.no_pdf')), {code: 'not_so'})
}

// ---- the page ----

function Report({report, query, set}) {
  const {report: _, ...params} = query
  const got = useData(`/api/reports/${report}`, params, ['reports', ...(report === 'activity' || report === 'effectiveness' ? ['outbox', 'board'] : [])])
  const [rows, open] = useState(null)
  const reading = got.error?.code === 'busy' && !got.data
  const waits = reading || got.data?.old
  useEffect(() => {
    if (!waits) return undefined
    const timer = setTimeout(got.reload, 700)
    return () => clearTimeout(timer)
  }, [waits, got.data, got.error])
  const {data} = got
  const asked = data ? {...params, from: data.from, to: data.to} : params
  const csv = name => api.address(`/api/reports/${report}/csv`, {...asked, table: name, bom: 1})
  return html`<div class="stack">
    <${Asked} report=${report} query=${query} set=${set} data=${data} />
    ${reading ? html`<${Notice}>${t('reports.working')}<//>` : html`<${Loaded} of=${got}>${d => html`
      <div class="row between"><p class="muted">${t('reports.compared', day(d.from), day(d.to), day(d.before_from), day(d.before_to))} ${d.old && t('reports.old')}</p>
        <span class="actions"><a class="button small" href=${csv('figures')} download>${t('reports.csv')}</a>
        <${Button} kind="small" run=${() => makePdf(report, asked)} onError=${toastError}>${t('reports.pdf')}<//>
        <button type="button" class="button small" onClick=${() => print()}>${t('reports.print')}</button></span></div>
      <${Figures} data=${d} open=${open} />
      ${d.tables.map(table => html`<${ReportTable} key=${table.name} table=${table} open=${open} csv=${csv} />`)}
      ${d.notes.length > 0 && html`<ul class="reports-notes small muted">${d.notes.map(n => html`<li key=${n}>${n}</li>`)}</ul>`}
    `}<//>`}
    ${rows && html`<${Rows} which=${rows.which} title=${rows.title} report=${report} params=${asked} onClose=${() => open(null)} />`}
  </div>`
}

export default function Page() {
  const [query, set] = useQuery()
  const report = REPORTS.includes(query.report) ? query.report : 'aging'
  const clear = {from: '', to: '', group: '', edges: '', home: '', within: ''}
  return html`<${PageHead} title=${t('reports.title')} sub=${t('reports.sub')} />
    <${Tabs} label=${t('reports.title')} at=${report} onTab=${key => set({...clear, report: key})}
      tabs=${REPORTS.map(key => ({key, name: t('reports.' + key), content: () => html`<${Report} key=${key} report=${key} query=${query} set=${set} />`}))} />`
}
