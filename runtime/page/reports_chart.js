// Pictures of a report's tables, drawn by hand: bars beside each other over days or months, or one below the other. Colours are of the
// theme; every picture stands over its table, which has the same numbers. A number is made of digits here for its length alone.
import {html, day, money, number, percent, t} from './base.js'

const WIDE = 720, LABEL = 170, ROW = 26, LINES = 12, HIGH = 180, BARS_MAX = 400

const size = v => v === null || v === undefined ? 0 : Math.max(0, Number(v.amount ?? v))
const said = (kind, v) => v === null || v === undefined ? t('reports.unknown') : kind === 'money' ? money(v) : kind === 'percent' ? percent(Number(v) / 100, 2) : kind === 'date' ? day(v) : kind === 'days' ? number(Number(v), 2) : kind === 'count' ? number(v) : v
const currencyOf = (columns, row) => {
  const at = columns.findIndex(c => c.name === 'currency')
  return at < 0 ? '' : row.cells[at]
}

// The rows of each currency have a scale of their own.
function byCurrency(table) {
  const groups = new Map()
  for (const row of table.rows) {
    const key = currencyOf(table.columns, row)
    if (!groups.has(key)) groups.set(key, [])
    groups.get(key).push(row)
  }
  return [...groups]
}

// Which columns are shown: the parts of a stack, up to where their sums begin; a percent; else the first two numbers.
function series(table) {
  const numbers = table.columns.map((c, i) => ({...c, i})).filter(c => ['money', 'count', 'percent', 'days'].includes(c.kind))
  if (table.chart === 'stack') {
    const end = numbers.findIndex(c => c.name === 'overdue')
    return numbers.slice(0, end < 0 ? 1 : end)
  }
  const share = table.columns[0].kind !== 'date' && numbers.find(c => c.kind === 'percent')
  return share ? [share] : numbers.slice(0, 2).filter(c => c.kind === numbers[0].kind)
}

const Legend = ({columns}) => columns.length > 1 && html`<ul class="reports-legend plain small" aria-hidden="true">
  ${columns.map((c, i) => html`<li key=${c.name}><i class=${`reports-c${i}`} />${c.title}</li>`)}</ul>`

function labelOf(table, row) {
  return table.columns.flatMap((c, i) => c.kind === 'text' && c.name !== 'currency' && row.cells[i] ? [row.cells[i]] : []).join(' · ')
}

function Below({table, rows, columns, cur}) {
  const some = rows.slice(0, LINES)
  const share = columns[0].kind === 'percent'
  const most = share ? 100 : Math.max(...some.map(r => columns.reduce((sum, c) => sum + size(r.cells[c.i]), 0)), 0)
  if (!most) return null
  const room = WIDE - LABEL - 10
  return html`<svg class="reports-chart" viewBox=${`0 0 ${WIDE} ${some.length * ROW + 6}`} role="img" aria-label=${`${table.title} ${cur}`}>
    ${some.map((row, k) => {
      let x = LABEL
      const name = labelOf(table, row) || cur
      return html`<g key=${k}><text x=${LABEL - 8} y=${k * ROW + 18} class="reports-end">${name.length > 20 ? name.slice(0, 19) + '…' : name}</text>
        ${columns.map((c, i) => {
          const w = Math.min(size(row.cells[c.i]), most) / most * room, at = x
          x += w
          return w > 0 && html`<rect key=${c.name} class=${`reports-c${i}`} x=${at} y=${k * ROW + 5} width=${w} height="18"><title>${`${name}, ${c.title}: ${said(c.kind, row.cells[c.i])}`}</title></rect>`
        })}</g>`
    })}
  </svg>`
}

function Beside({table, rows, columns, cur}) {
  const some = rows.slice(-BARS_MAX)
  const most = Math.max(...some.flatMap(r => columns.map(c => size(r.cells[c.i]))), 0)
  if (!most) return null
  const step = WIDE / some.length, w = Math.max(1, Math.min(step * 0.8, 44) / columns.length)
  const every = Math.ceil(some.length / 8)
  const top = columns[0].kind === 'money' ? some.map(r => r.cells[columns[0].i]).find(v => size(v) === most) : most
  return html`<svg class="reports-chart" viewBox=${`0 0 ${WIDE} ${HIGH + 26}`} role="img" aria-label=${`${table.title} ${cur}`}>
    <path class="reports-axis" d=${`M0 ${HIGH}H${WIDE}M0 14H${WIDE}`} /><text x="0" y="10">${top ? said(columns[0].kind, top) : ''}</text>
    ${some.map((row, k) => html`<g key=${k}>${columns.map((c, i) => {
      const h = size(row.cells[c.i]) / most * (HIGH - 14)
      return h > 0 && html`<rect key=${c.name} class=${`reports-c${i}`} x=${k * step + (step - w * columns.length) / 2 + i * w} y=${HIGH - h} width=${w} height=${h}><title>${`${said('date', row.cells[0])}, ${c.title}: ${said(c.kind, row.cells[c.i])}`}</title></rect>`
    })}${k % every === 0 && html`<text x=${k * step + step / 2} y=${HIGH + 18} class="reports-middle">${day(row.cells[0], 'short')}</text>`}</g>`)}
  </svg>`
}

export function Chart({table}) {
  const columns = table.chart && table.rows.length ? series(table) : []
  if (!columns.length) return null
  const Drawn = table.columns[0].kind === 'date' ? Beside : Below
  const groups = byCurrency(table)
  return html`<figure class="reports-figure"><${Legend} columns=${columns} />
    ${groups.slice(0, 4).map(([cur, rows]) => html`<div key=${cur}>${groups.length > 1 && html`<p class="small muted">${cur}</p>`}
      <${Drawn} table=${table} rows=${rows} columns=${columns} cur=${cur} /></div>`)}
  </figure>`
}
