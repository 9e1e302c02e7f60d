// What is shown: badges, people, money, days, menus, tabs, what is empty or not there yet, and the short notes at the foot.
import {html} from './parts_html.js'
import {useEffect, useId, useRef, useState} from './lib_hooks.js'
import {money, day, instant, t} from './parts_words.js'

// kind: good, warn, bad, info, accent; none: plain.
export const Badge = ({kind = '', children, title}) => html`<span class=${`badge ${kind}`} title=${title}>${children}</span>`

export const Money = ({value}) => html`<span class="money">${money(value)}</span>`
export const Day = ({value, style}) => value ? html`<time datetime=${value}>${day(value, style)}</time>` : null
export const Instant = ({value, style}) => value ? html`<time datetime=${value}>${instant(value, style)}</time>` : null

const initials = name => name.split(/[\s._-]+/).filter(Boolean).map(w => w[0]).filter((c, i, all) => i === 0 || i === all.length - 1).join('').toUpperCase()
// A person by {login, name} or by a login alone.
export function Person({who}) {
  const name = who?.name || who?.login || who
  return name ? html`<span class="person"><i aria-hidden="true">${initials(name)}</i>${name}</span>` : html`<span class="muted">${t('nobody')}</span>`
}

export const Empty = ({title, children}) =>
  html`<div class="empty">${title && html`<strong>${title}</strong>`}${children && html`<div>${children}</div>`}</div>`

// Nothing for 150 ms, then the outline of what comes.
export function Busy({lines = 6}) {
  const [shown, show] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => show(true), 150)
    return () => clearTimeout(timer)
  }, [])
  return shown && html`<div class="busy" role="status"><span class="hidden-text">${t('loading')}</span>${Array.from({length: lines}, () => html`<i />`)}</div>`
}

// kind: bad, warn, good, info. What is bad is read out.
export const Notice = ({kind = '', children}) => html`<div class=${`notice ${kind}`} role=${kind === 'bad' ? 'alert' : undefined}>${children}</div>`

// Of an ApiError; with a button where trying again may help.
export function Failure({error, retry}) {
  if (!error || error.code === 'away') return null // the banner says it
  return html`<${Notice} kind="bad">${error.message || t('failed')} ${retry && html`<button class="button small" onClick=${retry}>${t('try_again')}</button>`}<//>`
}

// What most pages begin with: the first answer is waited for, a failure is said, and what is there is shown.
export function Loaded({of, lines, children}) {
  if (of.data === undefined) return of.error ? html`<${Failure} error=${of.error} retry=${of.reload} />` : html`<${Busy} lines=${lines} />`
  return html`<div class="stack" aria-busy=${of.loading ? 'true' : undefined}><${Failure} error=${of.error} retry=${of.reload} />${children(of.data)}</div>`
}

// ---- tabs ----

function nextOf(event, list, at) {
  const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key]
  if (event.key === 'Home') return 0
  if (event.key === 'End') return list - 1
  return step ? (at + step + list) % list : -1
}

// tabs: [{key, name, content}], content a function: called for the tab that is open. `at` and `onTab` where the page keeps it.
export function Tabs({tabs, label, at, onTab}) {
  const id = useId()
  const [own, setOwn] = useState(tabs[0]?.key)
  const now = tabs.some(x => x.key === (at ?? own)) ? at ?? own : tabs[0]?.key
  const choose = key => { setOwn(key); onTab?.(key) }
  const list = useRef(null)
  function move(e) {
    const to = nextOf(e, tabs.length, tabs.findIndex(x => x.key === now))
    if (to < 0) return
    e.preventDefault()
    choose(tabs[to].key)
    list.current.children[to].focus()
  }
  const open = tabs.find(x => x.key === now)
  return html`<div>
    <div class="tabs" role="tablist" aria-label=${label} ref=${list} onKeyDown=${move}>
      ${tabs.map(x => html`<button key=${x.key} role="tab" id=${`${id}-${x.key}`} aria-selected=${x.key === now ? 'true' : 'false'} aria-controls=${`${id}-panel`}
        tabindex=${x.key === now ? 0 : -1} onClick=${() => choose(x.key)}>${x.name}</button>`)}
    </div>
    <div role="tabpanel" id=${`${id}-panel`} aria-labelledby=${`${id}-${now}`} tabindex="0">${open?.content?.()}</div>
  </div>`
}

// ---- menus ----

// items: [{key, name, run, href, checked, off, danger}], null: a line between. `label`: what a screen reader calls a button of a
// picture alone; children: what the button shows.
export function Menu({label, items, children, kind = ''}) {
  const [open, setOpen] = useState(false)
  const id = useId()
  const box = useRef(null)
  const button = useRef(null)
  const entries = () => [...box.current.querySelectorAll('[role^="menuitem"]')]
  useEffect(() => {
    if (!open) return undefined
    entries()[0]?.focus()
    const away = e => { if (!box.current?.contains(e.target)) setOpen(false) }
    document.addEventListener('pointerdown', away)
    return () => document.removeEventListener('pointerdown', away)
  }, [open])
  const close = () => { setOpen(false); button.current?.focus() }
  function key(e) {
    if (!open) { if (e.key === 'ArrowDown') { e.preventDefault(); setOpen(true) } return }
    if (e.key === 'Escape') { e.stopPropagation(); close(); return }
    if (e.key === 'Tab') { setOpen(false); return }
    const all = entries()
    const to = nextOf(e, all.length, all.indexOf(document.activeElement))
    if (to >= 0) { e.preventDefault(); all[to].focus() }
  }
  function choose(item) {
    if (item.off) return
    close()
    item.run?.()
  }
  const role = item => item.checked === undefined ? 'menuitem' : 'menuitemradio'
  const one = (item, i) => !item ? html`<hr key=${`line${i}`} />` : item.href
    ? html`<a key=${item.key ?? item.name} role="menuitem" tabindex="-1" href=${item.href} onClick=${() => setOpen(false)}>${item.name}</a>`
    : html`<button key=${item.key ?? item.name} type="button" role=${role(item)} tabindex="-1" aria-checked=${item.checked === undefined ? undefined : String(item.checked)}
        aria-disabled=${item.off ? 'true' : undefined} class=${item.danger ? 'bad' : ''} onClick=${() => choose(item)}>${item.name}</button>`
  return html`<div class="menu" ref=${box} onKeyDown=${key}>
    <button type="button" class=${`button ${kind}`} ref=${button} aria-haspopup="menu" aria-expanded=${open ? 'true' : 'false'} aria-controls=${open ? id : undefined} aria-label=${label}
      onClick=${() => setOpen(!open)}>${children}</button>
    ${open && html`<div class="menu-list" role="menu" id=${id} aria-label=${label}>${items.filter(x => x !== false).map(one)}</div>`}
  </div>`
}

// ---- short notes ----

let notes = []
let showNotes = () => {}
let nextNote = 1
function drop(id) {
  notes = notes.filter(n => n.id !== id)
  showNotes(notes)
}
// toast(words), toast(words, {undo: f}), toast(words, {kind: 'bad'}). It stays 6 s, or 12 s where something can be undone.
export function toast(words, {undo, kind = ''} = {}) {
  const id = nextNote++
  notes = [...notes.slice(-2), {id, words, undo, kind}]
  showNotes(notes)
  setTimeout(() => drop(id), undo ? 12000 : 6000)
}
// What a change came to, where no field is to blame.
export const toastError = e => { if (e.code !== 'away') toast(e.message || t('failed'), {kind: 'bad'}); else toast(t('away.not_done'), {kind: 'bad'}) }

export function Toasts() {
  const [list, set] = useState(notes)
  showNotes = set
  return html`<div class="toasts" role="region" aria-label=${t('notes')}><div role="status" aria-live="polite">
    ${list.map(n => html`<div key=${n.id} class=${`toast ${n.kind}`}>${n.words}
      ${n.undo && html`<button onClick=${() => { drop(n.id); n.undo() }}>${t('undo')}</button>`}
      <button aria-label=${t('close')} onClick=${() => drop(n.id)}>✕</button></div>`)}
  </div></div>`
}
