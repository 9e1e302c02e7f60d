// The frame around every page: top bar with search, navigation, the person's menu, the list of keys, and what is said when the
// server is away or the person was logged out.
import {html} from './parts_html.js'
import {useEffect, useId, useRef, useState} from './lib_hooks.js'
import {Icon, Mark} from './icons.js'
import {api, connection, loggedIn, onConnection, setCsrf, tryNow} from './parts_net.js'
import {LANGUAGES, currentLanguage, money, t} from './parts_words.js'
import {Dialog} from './parts_form.js'
import {Badge, Menu, toastError} from './parts_show.js'
import {may} from './parts_page.js'
import {go} from './parts_route.js'
import {ROUTES} from './routes.js'

const IN_BAR = 4 // of the navigation, at the foot of a telephone

// ---- colours ----

export function theme(choice) {
  if (choice !== undefined) localStorage.setItem('theme', choice)
  const is = localStorage.getItem('theme') || ''
  if (is) document.documentElement.dataset.theme = is
  else delete document.documentElement.dataset.theme
  return is
}

// ---- search ----

const KINDS = {customer: 'customers', invoice: 'invoices', card: 'cards'}
const placeOf = r => `/${KINDS[r.kind] || r.kind}/${encodeURIComponent(r.id)}`

function useFound(text) {
  const [found, set] = useState(null)
  useEffect(() => {
    if (text.trim().length < 2) { set(null); return undefined }
    const asking = new AbortController()
    const timer = setTimeout(() => api.get('/api/search', {q: text.trim()}, asking.signal).then(a => set(a.rows), e => { if (e.name !== 'AbortError') set([]) }), 60)
    return () => { clearTimeout(timer); asking.abort() }
  }, [text])
  return found
}

export function Search() {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const [open, setOpen] = useState(false)
  const id = useId()
  const input = useRef(null)
  const found = useFound(text)
  useEffect(() => setAt(0), [found])
  const choose = r => {
    setOpen(false)
    setText('')
    input.current.blur()
    go(placeOf(r))
  }
  function key(e) {
    const n = found?.length ?? 0
    if (e.key === 'Escape') { setOpen(false); input.current.blur() }
    if (!n) return
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { e.preventDefault(); setAt((at + (e.key === 'ArrowDown' ? 1 : n - 1)) % n) }
    if (e.key === 'Enter') { e.preventDefault(); choose(found[at]) }
  }
  const shown = open && found
  return html`<div class="search" role="search">
    <input ref=${input} id="search" type="search" role="combobox" aria-label=${t('search')} placeholder=${t('search')} autocomplete="off" spellcheck=${false}
      aria-expanded=${shown ? 'true' : 'false'} aria-controls=${`${id}-list`} aria-autocomplete="list" aria-activedescendant=${shown && found.length ? `${id}-${at}` : undefined}
      value=${text} onInput=${e => { setText(e.target.value); setOpen(true) }} onFocus=${() => setOpen(true)} onBlur=${() => setTimeout(() => setOpen(false), 120)} onKeyDown=${key} />
    <kbd aria-hidden="true">/</kbd>
    <ul class="search-list" role="listbox" id=${`${id}-list`} aria-label=${t('search')} hidden=${!shown}>
      ${shown && found.map((r, i) => html`<li key=${r.kind + r.id} role="option" id=${`${id}-${i}`} aria-selected=${i === at ? 'true' : 'false'} onPointerDown=${e => { e.preventDefault(); choose(r) }}>
        <span><strong>${r.title}</strong> <span class="muted">${r.detail}</span></span><span class="muted">${r.amount ? money(r.amount) : t(`kind.${r.kind}`)}</span></li>`)}
      ${shown && !found.length && html`<li class="none" role="option" aria-selected="false" aria-disabled="true">${t('search.none')}</li>`}
    </ul>
  </div>`
}

// ---- navigation ----

const current = (path, at) => (path === '/' ? at === '/' || at.startsWith('/today') : at === path || at.startsWith(path + '/') || (path === '/board' && at.startsWith('/cards/')))

export function Side({me, path}) {
  const [open, setOpen] = useState(false)
  useEffect(() => setOpen(false), [path])
  const shown = ROUTES.filter(([, , role, icon]) => icon && may(me, role))
  return html`<nav class=${`side ${open ? 'open' : ''}`} aria-label=${t('navigation')}><ul>
    ${shown.map(([to, area, , icon], i) => html`<li key=${area} class=${i >= IN_BAR ? 'later' : ''}>
      <a href=${to} aria-current=${current(to, path) ? 'page' : undefined} onClick=${() => setOpen(false)}><${Icon} name=${icon} /><span>${t(`nav.${area}`)}</span></a></li>`)}
    <li class="more"><button type="button" aria-expanded=${open ? 'true' : 'false'} onClick=${() => setOpen(!open)}><${Icon} name="more" /><span>${t('nav.more')}</span></button></li>
  </ul></nav>`
}

// ---- top bar ----

function PersonMenu({me, onLanguage, onHelp}) {
  const [is, setIs] = useState(theme())
  const colour = (value, key) => ({key, name: t(`theme.${key}`), checked: is === value, run: () => { theme(value); setIs(value) }})
  const logout = async () => {
    try {
      await api.post('/api/logout')
      location.assign('/login')
    } catch (e) { toastError(e) }
  }
  return html`<${Menu} label=${`${me.name || me.login}: ${t('menu.person')}`} kind="quiet" items=${[
    {name: t('menu.account'), href: '/account'}, {name: t('keys'), run: onHelp}, null,
    ...Object.entries(LANGUAGES).map(([lang, name]) => ({key: lang, name, checked: lang === currentLanguage(), run: () => onLanguage(lang)})), null,
    colour('', 'auto'), colour('light', 'light'), colour('dark', 'dark'), null, {name: t('menu.logout'), run: logout}]}>
    <span class="person"><i aria-hidden="true">${(me.name || me.login).slice(0, 1).toUpperCase()}</i></span><//>`
}

export function Top({me, shell, onLanguage, onHelp}) {
  return html`<header class="top">
    <a class="brand" href="/"><${Mark} /><span class="policy-name">${shell?.policy || 'Dun'}</span><span class="hidden-text">${t('nav.today')}</span></a>
    ${shell?.environment && html`<${Badge} kind="info">${shell.environment}<//>`}
    ${shell?.paused > 0 && html`<a href="/outbox"><${Badge} kind="warn">${t('paused')}<//></a>`}
    ${me && html`<${Search} /><${PersonMenu} me=${me} onLanguage=${onLanguage} onHelp=${onHelp} />`}
  </header>`
}

// ---- keys ----

const GO = {t: '/', b: '/board', c: '/customers', i: '/invoices', o: '/outbox', p: '/policies', r: '/reports'}
const KEYS = [['/', 'keys.search'], ['g t', 'nav.today'], ['g b', 'nav.board'], ['g c', 'nav.customers'], ['g i', 'nav.invoices'], ['g o', 'nav.outbox'], ['g p', 'nav.policies'],
  ['g r', 'nav.reports'], ['↑ ↓', 'keys.rows'], ['Enter', 'keys.open'], [' ', 'keys.pick'], ['Esc', 'keys.close'], ['?', 'keys.help']]

const typing = el => el.closest?.('input, textarea, select, [contenteditable], dialog')
// `/` searches, `?` lists the keys, `g` and a letter goes to a page.
export function useKeys(onHelp) {
  useEffect(() => {
    let before = 0
    const f = e => {
      if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || typing(e.target)) return
      const after = Date.now() - before < 1200
      before = 0
      if (after && GO[e.key]) go(GO[e.key])
      else if (e.key === 'g') before = Date.now()
      else if (e.key === '/') document.getElementById('search')?.focus()
      else if (e.key === '?') onHelp()
      else return
      e.preventDefault()
    }
    document.addEventListener('keydown', f)
    return () => document.removeEventListener('keydown', f)
  }, [])
}

export const Keys = ({onClose}) => html`<${Dialog} title=${t('keys')} onClose=${onClose}><dl class="keys">
  ${KEYS.map(([k, what]) => html`<dt key=${k}><kbd>${k === ' ' ? t('keys.space') : k}</kbd></dt><dd>${t(what)}</dd>`)}</dl><//>`

// ---- the server is away, the session is over ----

export function Connection() {
  const [is, set] = useState({...connection})
  useEffect(() => onConnection(set), [])
  const check = async () => {
    try {
      setCsrf((await api.get('/api/me')).csrf)
      loggedIn()
    } catch (e) { if (e.status !== 401) toastError(e) }
  }
  return html`<div role="status" aria-live="assertive">
    ${is.away && html`<div class="away banner">${t('away')} <button class="button small" onClick=${tryNow}>${t('away.now')}</button></div>`}
    ${is.loggedOut && !is.away && html`<div class="away banner">${t('logged_out')} <a class="button small" href="/login" target="_blank" rel="opener">${t('logged_out.login')}</a>
      <button class="button small" onClick=${check}>${t('logged_out.done')}</button></div>`}
  </div>`
}
