// Lists: a table that a keyboard walks, that becomes cards on a telephone, and what fetches its next page.
import {html} from './parts_html.js'
import {useRef, useState} from './lib_hooks.js'
import {compare, number, t} from './parts_words.js'
import {Button} from './parts_form.js'
import {Empty} from './parts_show.js'

const plainValue = v => v && typeof v === 'object' ? v.amount !== undefined ? Number(v.amount) : v.name ?? '' : v
function ordered(rows, column, down) {
  const value = typeof column.sort === 'function' ? column.sort : row => plainValue(row[column.key])
  const by = (a, b) => {
    const x = value(a), y = value(b)
    if (x == null || y == null) return (x == null) - (y == null)
    return typeof x === 'number' && typeof y === 'number' ? x - y : compare(String(x), String(y))
  }
  const out = [...rows].sort(by)
  return down ? out.reverse() : out
}

function Head({column, sort, onSort}) {
  const state = sort?.key === column.key ? sort.down ? 'descending' : 'ascending' : undefined
  return html`<th scope="col" class=${column.right ? 'right' : ''} aria-sort=${state}>${column.sort
    ? html`<button type="button" class="sort" onClick=${() => onSort(column.key)}>${column.name}</button>` : column.name}</th>`
}

// columns: [{key, name, right, sort, cell(row), head}]; sort true: by its value among the rows that are here; head: it names the row.
// id(row): its key. open(row): what Enter or a click on the row does. picked: a Set of ids, onPick(set): a box before each row.
// order: {key, down} and onOrder where the server sorts. empty: what stands there when there is nothing.
export function Table({columns, rows, id = row => row.id, open, picked, onPick, order, onOrder, caption, empty, label, tall, act}) {
  const [own, setOwn] = useState(null)
  const body = useRef(null)
  const last = useRef(null)
  const [at, setAt] = useState(0) // the one row that Tab comes to
  if (!rows.length) return typeof empty === 'string' ? html`<${Empty}>${empty}<//>` : empty || html`<${Empty}>${t('nothing_here')}<//>`
  const sort = onOrder ? order : own
  const onSort = key => {
    const next = sort?.key !== key ? {key, down: false} : sort.down ? null : {key, down: true}
    if (onOrder) onOrder(next); else setOwn(next)
  }
  const column = !onOrder && own && columns.find(c => c.key === own.key)
  const shown = column ? ordered(rows, column, own.down) : rows
  const all = picked && shown.every(r => picked.has(id(r)))
  function pick(row, range) {
    const next = new Set(picked)
    const ids = shown.map(id)
    const at = ids.indexOf(id(row)), from = range && last.current != null ? ids.indexOf(last.current) : at
    const on = !picked.has(id(row))
    for (const k of ids.slice(Math.min(at, from), Math.max(at, from) + 1)) if (on) next.add(k); else next.delete(k)
    last.current = id(row)
    onPick(next)
  }
  function key(e, row, i) {
    if (e.target.closest('input, button, a, select, textarea') && e.target !== e.currentTarget) return
    const to = {ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: shown.length - 1}[e.key]
    if (to !== undefined && body.current.rows[to]) { e.preventDefault(); body.current.rows[to].focus() }
    if (e.key === 'Enter' && open) { e.preventDefault(); open(row) }
    if (e.key === ' ' && picked) { e.preventDefault(); pick(row, e.shiftKey) }
  }
  const click = (e, row) => { if (!e.target.closest('a, button, input, select, textarea, label, summary') && !getSelection().toString()) open(row) }
  const walks = !!(open || picked)
  const cell = (c, row) => html`<${c.head ? 'th' : 'td'} key=${c.key} scope=${c.head ? 'row' : undefined} class=${c.right ? 'right' : ''} data-name=${c.name}>${c.cell ? c.cell(row) : row[c.key]}<//>`
  return html`<div class=${`table cards ${tall ? 'tall' : ''}`} tabindex=${tall ? 0 : undefined} role=${tall ? 'group' : undefined} aria-label=${tall ? label || caption : undefined}>
    <table aria-label=${caption ? undefined : label}>${caption && html`<caption>${caption}</caption>`}
      <thead><tr>
        ${picked && html`<th scope="col" class="pick"><input type="checkbox" aria-label=${t('pick_all')} checked=${all} onChange=${() => onPick(new Set(all ? [] : shown.map(id)))} /></th>`}
        ${columns.map(c => html`<${Head} key=${c.key} column=${c} sort=${sort} onSort=${onSort} />`)}
        ${act && html`<th scope="col"><span class="hidden-text">${t('actions')}</span></th>`}
      </tr></thead>
      <tbody ref=${body}>${shown.map((row, i) => html`<tr key=${id(row)} class=${open ? 'open-row' : ''} tabindex=${walks ? i === Math.min(at, shown.length - 1) ? 0 : -1 : undefined} onFocus=${walks ? () => setAt(i) : undefined} data-id=${id(row)}
          aria-selected=${picked ? picked.has(id(row)) ? 'true' : 'false' : undefined} onClick=${open ? e => click(e, row) : undefined} onKeyDown=${walks ? e => key(e, row, i) : undefined}>
        ${picked && html`<td class="pick"><input type="checkbox" tabindex="-1" aria-label=${t('pick')} checked=${picked.has(id(row))} onClick=${e => { e.stopPropagation(); pick(row, e.shiftKey) }} /></td>`}
        ${columns.map(c => cell(c, row))}
        ${act && html`<td class="act">${act(row)}</td>`}
      </tr>`)}</tbody>
    </table>
  </div>`
}

// Of useRows: what fetches more, and how many are shown.
export function Pager({list, rows, next, more, busy}) {
  const shown = list ? list.rows?.length ?? 0 : rows
  const after = list ? list.next : next
  if (!after && shown < 20) return null
  return html`<div class="pager"><span class="muted" role="status">${t('rows_shown', number(shown))}</span>
    ${after && html`<${Button} run=${list ? list.more : more} busy=${list ? list.moreBusy : busy}>${t('more_rows')}<//>`}</div>`
}
