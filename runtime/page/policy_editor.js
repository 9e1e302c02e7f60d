// A text with the compiler beside it: colours, what is wrong underlined, what may follow, what a word means. It is a textarea over
// a painted copy of its text, so that a keyboard, a screen reader and "undo" work as in any other.
import {html, useEffect, useRef, useState, t} from './base.js'

// ---- places ----

const lineStart = (text, at) => text.lastIndexOf('\n', at - 1) + 1
export function placeOf(text, at) {
  const start = lineStart(text, at)
  let column = 0
  for (let i = start; i < at; i++) column += text[i] === '\t' ? 2 - column % 2 : 1
  let line = 0
  for (let i = 0; i < start; i++) if (text[i] === '\n') line++
  return {line, column}
}
function offsetAt(text, line, column) {
  let at = 0
  for (; line > 0; line--) {
    const next = text.indexOf('\n', at)
    if (next < 0) return -1
    at = next + 1
  }
  const end = text.indexOf('\n', at)
  const stop = end < 0 ? text.length : end
  return at + column > stop ? -1 : at + column
}

// What was said of the text before, moved to where it stands now, until the answer about this text is there.
export function carried(list, before, now) {
  if (before === now) return list
  let head = 0, tail = 0
  const most = Math.min(before.length, now.length)
  while (head < most && before[head] === now[head]) head++
  while (tail < most - head && before[before.length - 1 - tail] === now[now.length - 1 - tail]) tail++
  const end = before.length - tail, by = now.length - before.length
  return list.map(x => x.to <= head ? x : x.from >= end ? {...x, from: x.from + by, to: x.to + by} : x.from < head ? {...x, to: Math.max(x.from, Math.min(x.to, head))} : {...x, to: x.from})
    .filter(x => x.to > x.from || x.severity)
}

// ---- painting ----

const RANK = {error: 3, warning: 2, note: 1}
const worst = list => list.reduce((a, b) => !a || RANK[b.severity] > RANK[a.severity] ? b : a, null)

// The text in pieces of one colour and one problem.
function pieces(text, colours, problems) {
  const cuts = new Set([0, text.length])
  const wide = problems.map(p => ({...p, to: Math.max(p.to, p.from + 1)}))
  for (const x of [...colours, ...wide]) for (const at of [x.from, x.to]) if (at <= text.length) cuts.add(at)
  const at = [...cuts].sort((a, b) => a - b)
  const out = []
  let c = 0
  for (let i = 0; i + 1 < at.length; i++) {
    while (c < colours.length && colours[c].to <= at[i]) c++
    const colour = c < colours.length && colours[c].from <= at[i] ? colours[c].is : ''
    const problem = worst(wide.filter(p => p.from <= at[i] && p.to > at[i]))
    out.push({text: text.slice(at[i], at[i + 1]), is: [colour && `is-${colour}`, problem && `has-${problem.severity}`].filter(Boolean).join(' ')})
  }
  return out
}

function Painted({text, colours, problems}) {
  return html`<pre class="editor-paint" aria-hidden="true">${pieces(text, colours, problems).map((p, i) => p.is ? html`<span key=${i} class=${p.is}>${p.text}</span>` : p.text)}${'\n'}</pre>`
}

function Gutter({text, problems}) {
  const bad = new Map()
  for (const p of problems) {
    const {line} = placeOf(text, p.from)
    if (!bad.has(line) || RANK[p.severity] > RANK[bad.get(line)]) bad.set(line, p.severity)
  }
  const n = text.split('\n').length
  return html`<div class="editor-gutter" aria-hidden="true">${Array.from({length: n}, (_, i) => html`<i key=${i} class=${bad.has(i) ? `has-${bad.get(i)}` : ''}>${i + 1}</i>`)}</div>`
}

// ---- changing ----

// As typed: "undo" takes it back.
export function replace(box, from, to, by) {
  box.focus()
  box.setSelectionRange(from, to)
  box.dataset.by = 'program' // not typed: nothing is offered to go on with
  const done = by ? document.execCommand('insertText', false, by) : from === to || document.execCommand('delete')
  if (!done) {
    box.setRangeText(by, from, to, 'end')
    box.dispatchEvent(new Event('input', {bubbles: true}))
  }
  delete box.dataset.by
}

// "$1" and "${2:words}": the first place is selected.
function plainSnippet(text) {
  let first = null, out = ''
  const holes = /\$(?:(\d)|\{(\d)(?::([^}]*))?\})/g
  let last = 0
  for (const m of text.matchAll(holes)) {
    out += text.slice(last, m.index)
    if (!first || (m[1] || m[2]) === '1') first = [out.length, out.length + (m[3] || '').length]
    out += m[3] || ''
    last = m.index + m[0].length
  }
  out += text.slice(last)
  return {text: out, select: first || [out.length, out.length]}
}

// ---- what may follow ----

function Choices({list, at, style, id, choose}) {
  const box = useRef(null)
  useEffect(() => { box.current?.children[at]?.scrollIntoView({block: 'nearest'}) }, [at])
  const one = list[at]
  return html`<div class="editor-popup" style=${style}><ul role="listbox" id=${id} aria-label=${t('edit.choices')} ref=${box}>
      ${list.map((x, i) => html`<li key=${i} role="option" id=${`${id}-${i}`} aria-selected=${i === at ? 'true' : 'false'} onMouseDown=${e => { e.preventDefault(); choose(x) }}>
        <span>${x.label}</span><span class="muted">${x.detail}</span></li>`)}</ul>
    ${one?.says && html`<p class="muted">${plainWords(one.says)}</p>`}</div>`
}

// The few signs of Markdown that meanings are written with.
export const plainWords = s => s.replace(/\*\*|`/g, '').replace(/^---$/gm, '').trim()

const WORD = /[\p{L}\p{N}_.]/u

// `ask(what, at)`: what the compiler says of the text as it is: complete, hover. `colours` and `problems` are of it already.
export function Editor({text, onText, colours, problems, ask, boxRef, label, describedBy, readOnly}) {
  const own = useRef(null)
  const box = boxRef || own
  const [choices, setChoices] = useState(null) // {list, at}
  const [hint, setHint] = useState(null) // {says, from}
  const asked = useRef(0)
  const timer = useRef(0)
  const id = 'editor-choices'
  useEffect(() => () => clearTimeout(timer.current), [])
  const closed = () => { asked.current++; setChoices(null) }

  async function complete() {
    const mine = ++asked.current
    const at = box.current.selectionStart
    const {rows} = await ask('complete', at).catch(() => ({rows: []}))
    if (mine !== asked.current || at !== box.current.selectionStart) return
    setHint(null)
    setChoices(rows.length ? {list: rows, at: 0, place: placeOf(box.current.value, rows[0].from)} : null)
  }
  function choose(x) {
    const {text: by, select} = x.snippet ? plainSnippet(x.insert) : {text: x.insert, select: [x.insert.length, x.insert.length]}
    closed()
    replace(box.current, x.from, Math.max(x.to, box.current.selectionStart), by)
    box.current.setSelectionRange(x.from + select[0], x.from + select[1])
  }
  async function explain(at) {
    const said = await ask('hover', at).catch(() => null)
    setHint(said?.says ? {says: said.says, place: placeOf(box.current.value, said.from)} : null)
  }
  function typed(e) {
    const now = e.target.value
    onText(now)
    setHint(null)
    clearTimeout(timer.current)
    const before = now[e.target.selectionStart - 1] || ''
    if (e.inputType?.startsWith('insert') && !e.target.dataset.by && WORD.test(before)) timer.current = setTimeout(complete, 90)
    else closed()
  }
  function newLine(e) {
    const at = box.current.selectionStart
    const indent = box.current.value.slice(lineStart(box.current.value, at)).match(/^[ \t]*/)[0]
    if (!indent) return
    e.preventDefault()
    replace(box.current, at, box.current.selectionEnd, '\n' + indent)
  }
  function key(e) {
    if (e.isComposing) return
    if ((e.ctrlKey || e.metaKey) && e.key === ' ') { e.preventDefault(); complete(); return }
    if (e.key === 'F1' || (e.altKey && e.key === 'h')) { e.preventDefault(); explain(box.current.selectionStart); return }
    if (choices) {
      const n = choices.list.length
      const to = {ArrowDown: (choices.at + 1) % n, ArrowUp: (choices.at + n - 1) % n}[e.key]
      if (to !== undefined) { e.preventDefault(); setChoices({...choices, at: to}); return }
      if (e.key === 'Enter' || e.key === 'Tab') { e.preventDefault(); choose(choices.list[choices.at]); return }
    }
    if (e.key === 'Escape' && (choices || hint)) { e.preventDefault(); e.stopPropagation(); closed(); setHint(null); return }
    if (['ArrowLeft', 'ArrowRight', 'Home', 'End', 'PageUp', 'PageDown'].includes(e.key)) closed()
    if (e.key === 'Enter' && !readOnly && !e.shiftKey) newLine(e)
  }
  // The word below a mouse that rests.
  function rests(e) {
    clearTimeout(timer.current)
    if (choices || e.pointerType !== 'mouse') return
    const r = box.current.getBoundingClientRect(), style = getComputedStyle(box.current)
    const wide = Number(style.getPropertyValue('--ch-px')) || charWidth(box.current), high = parseFloat(style.lineHeight)
    const line = Math.floor((e.clientY - r.top - parseFloat(style.paddingTop)) / high), column = Math.floor((e.clientX - r.left - parseFloat(style.paddingLeft)) / wide)
    timer.current = setTimeout(() => {
      const at = offsetAt(box.current.value, line, column)
      if (at >= 0 && WORD.test(box.current.value[at] || '')) explain(at); else setHint(null)
    }, 450)
  }
  const under = place => ({left: `${place.column}ch`, top: `calc(${place.line + 1} * var(--row))`})
  return html`<div class="editor"><${Gutter} text=${text} problems=${problems} />
    <div class="editor-body"><${Painted} text=${text} colours=${colours} problems=${problems} />
      <textarea ref=${box} class="editor-text" value=${text} readonly=${readOnly} spellcheck=${false} autocomplete="off" autocapitalize="off" autocorrect="off" wrap="off" aria-label=${label}
        aria-describedby=${describedBy} aria-autocomplete="list" aria-controls=${choices ? id : undefined} aria-activedescendant=${choices ? `${id}-${choices.at}` : undefined}
        onInput=${typed} onKeyDown=${key} onBlur=${() => { clearTimeout(timer.current); closed(); setHint(null) }} onPointerMove=${rests} onPointerLeave=${() => { clearTimeout(timer.current); setHint(null) }} />
      ${choices && html`<${Choices} ...${choices} style=${under(choices.place)} id=${id} choose=${choose} />`}
      ${hint && html`<div class="editor-popup says" role="status" style=${under(hint.place)}>${plainWords(hint.says)}</div>`}
    </div></div>`
}

function charWidth(box) {
  const ruler = document.createElement('canvas').getContext('2d')
  ruler.font = getComputedStyle(box).font
  return ruler.measureText('0'.repeat(100)).width / 100
}
