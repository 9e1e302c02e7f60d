// Where the page is: the address is the state. A link is an <a>; the click is taken here, so that it opens in a new tab as any other.
import {useEffect, useState} from './lib_hooks.js'
import {html} from './parts_html.js'

const watchers = new Set()
function moved() { for (const f of watchers) f() }

export const here = () => ({path: location.pathname, query: Object.fromEntries(new URLSearchParams(location.search))})

export function go(to, {replace = false, quiet = false} = {}) {
  if (to === location.pathname + location.search) return
  history[replace ? 'replaceState' : 'pushState'](null, '', to)
  if (!quiet) scrollTo(0, 0)
  moved()
}

export function useHere() {
  const [at, set] = useState(here)
  useEffect(() => {
    const f = () => set(here())
    watchers.add(f)
    return () => watchers.delete(f)
  }, [])
  return at
}

// Filters are in the address, so that they can be sent to somebody, and "back" finds them: [query, set({state: 'held'})].
export function useQuery() {
  const {path, query} = useHere()
  const set = change => {
    const next = Object.fromEntries(Object.entries({...query, ...change}).filter(([, v]) => v !== undefined && v !== null && v !== ''))
    const text = new URLSearchParams(next).toString()
    go(text ? `${path}?${text}` : path, {replace: true, quiet: true})
  }
  return [query, set]
}

export const Link = ({to, children, ...rest}) => html`<a href=${to} ...${rest}>${children}</a>`

function clicked(e) {
  if (e.defaultPrevented || e.button || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return
  const a = e.target.closest?.('a[href]')
  if (!a || a.target || a.hasAttribute('download') || a.origin !== location.origin || a.pathname.startsWith('/api/') || a.pathname.startsWith('/page/')) return
  if (a.hash && a.pathname === location.pathname) return
  e.preventDefault()
  go(a.pathname + a.search)
}

export function startRouter() {
  document.addEventListener('click', clicked)
  addEventListener('popstate', moved)
}

// '/customers/{id}' and '/customers/C1': {id: 'C1'}; null: it does not fit.
export function fit(pattern, path) {
  const want = pattern.split('/'), got = path.replace(/\/$/, '').split('/')
  if (path === '/') got.length = 2
  if (want.length !== got.length) return null
  const params = {}
  for (let i = 0; i < want.length; i++) {
    if (want[i].startsWith('{')) params[want[i].slice(1, -1)] = decodeURIComponent(got[i] ?? '')
    else if (want[i] !== (got[i] ?? '')) return null
  }
  return params
}
