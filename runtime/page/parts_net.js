// The API: questions, changes, and what tells the page that something changed meanwhile. Nobody else calls fetch.
// When the server is away, what is shown stays, and what was typed too: questions are asked again when it is back.
import {useCallback, useEffect, useRef, useState} from './lib_hooks.js'

let csrf = ''
export function setCsrf(token) {
  csrf = token || ''
  listen()
}

// {status, code, message, field}: message is in the person's language; status 0: the server could not be asked.
export class ApiError extends Error {
  constructor(status, code, message, field) {
    super(message)
    Object.assign(this, {status, code, field})
  }
}

// ---- is the server there? ----

export const connection = {away: false, loggedOut: false}
const watchers = new Set()
export function onConnection(f) {
  watchers.add(f)
  return () => watchers.delete(f)
}
function told() { for (const f of watchers) f({...connection}) }

let probing = 0
function goneAway() {
  if (connection.away) return
  connection.away = true
  told()
  probe(500)
}
// Asks until it answers: twice a second at first, then every 5 s.
function probe(wait) {
  clearTimeout(probing)
  probing = setTimeout(async () => {
    try {
      if ((await fetch('/health', {cache: 'no-store'})).status < 500) return cameBack()
    } catch { /* not yet */ }
    probe(Math.min(wait * 1.5, 5000))
  }, wait)
}
export function tryNow() { if (connection.away) probe(0) }
function cameBack() {
  connection.away = false
  told()
  listen()
  changed(['*'])
}

export function loggedIn() {
  if (!connection.loggedOut) return
  connection.loggedOut = false
  told()
  changed(['*'])
}

// ---- questions and changes ----

function address(path, params) {
  const query = new URLSearchParams()
  for (const [k, v] of Object.entries(params || {})) if (v !== undefined && v !== null && v !== '') query.append(k, v)
  const text = query.toString()
  return text ? `${path}?${text}` : path
}

async function failed(answer) {
  let said = {}
  try { said = (await answer.json()).error || {} } catch { /* no JSON: what is before the server answered */ }
  const e = new ApiError(answer.status, said.code || 'broken', said.message || `${answer.status} ${answer.statusText}`, said.field)
  if (e.status === 401 && csrf && !connection.loggedOut) {
    connection.loggedOut = true
    told()
  }
  return e
}

async function ask(path, options) {
  let answer
  try {
    answer = await fetch(path, {credentials: 'same-origin', ...options})
  } catch (e) {
    if (e.name === 'AbortError') throw e
    goneAway()
    throw new ApiError(0, 'away', '')
  }
  if (!answer.ok) throw await failed(answer)
  if (answer.status === 204) return null
  const type = answer.headers.get('content-type') || ''
  return type.startsWith('application/json') ? answer.json() : answer.text()
}

export const api = {
  get: (path, params, signal) => ask(address(path, params), {signal}),
  post: (path, body = {}) => ask(path, {
    method: 'POST', headers: {'Content-Type': 'application/json', 'X-CSRF': csrf}, body: JSON.stringify(body)}),
  address,
}

// ---- what changed ----

const listeners = new Set() // {topics, f}
let source = null
let retry = 0
let waiting = 0
let polling = 0
let pending = new Set()

function deliver() {
  waiting = 0
  if (document.hidden) return // when it is looked at again
  const topics = pending
  pending = new Set()
  for (const l of [...listeners])
    if (topics.has('*') || !l.topics || l.topics.some(x => topics.has(x))) l.f()
}
// Many changes at once are one reload.
export function changed(topics) {
  for (const x of topics) pending.add(x)
  if (!waiting) waiting = setTimeout(deliver, 60)
}
// A page that nobody sees holds no stream: browsers allow six connections to a server, for all their tabs.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return silence()
  listen()
  return changed(csrf ? ['*'] : [])
})

function heard(event) {
  try { changed(JSON.parse(event.data).topics || ['*']) } catch { changed(['*']) }
}

// Where no stream comes through (an old proxy), everything is asked again every 20 s.
function poll(on) {
  if (on && !polling) polling = setInterval(() => changed(['*']), 20000)
  if (!on && polling) polling = clearInterval(polling) || 0
}

export function listen() {
  if (source || !csrf || connection.away || document.hidden || !listeners.size) return
  source = new EventSource('/api/live')
  let opened = false
  source.onopen = () => {
    if (retry) changed(['*']) // what it missed
    opened = true
    retry = 0
    poll(false)
  }
  source.addEventListener('changed', heard)
  source.onerror = () => {
    source.close()
    source = null
    retry++
    if (!opened && retry > 2) poll(true)
    if (opened) checkServer()
    setTimeout(listen, Math.min(500 * 2 ** retry, 30000) * (0.75 + Math.random() / 2))
  }
}
async function checkServer() {
  try { await fetch('/health', {cache: 'no-store'}) } catch { goneAway() }
}
export function silence() {
  source?.close()
  source = null
}
addEventListener('pagehide', silence) // a page that is kept for "back" holds no stream
addEventListener('pageshow', e => { if (e.persisted) listen() })

export function useLive(topics, reload) {
  const latest = useRef(reload)
  latest.current = reload
  const key = (topics || []).join()
  useEffect(() => {
    if (!topics) return undefined
    const l = {topics: topics.length ? topics : null, f: () => latest.current()}
    listeners.add(l)
    listen()
    return () => listeners.delete(l)
  }, [key, !topics])
}

// {data, error, loading, reload, change}: what is shown stays until the next comes; path null: nothing is asked.
// `topics` of the server's changes: then it asks again by itself. change(data) shows at once what a change will come to.
export function useData(path, params, topics) {
  const [state, set] = useState({data: undefined, error: null, loading: !!path})
  const running = useRef(null)
  const url = path && address(path, params)
  const reload = useCallback(async () => {
    running.current?.abort()
    if (!url) return set({data: undefined, error: null, loading: false})
    const mine = running.current = new AbortController()
    set(s => ({...s, loading: true}))
    try {
      const data = await api.get(url, undefined, mine.signal)
      if (mine === running.current) set({data, error: null, loading: false, of: url})
    } catch (error) {
      if (error.name !== 'AbortError' && mine === running.current) set(s => ({...s, error, loading: false}))
    }
    return undefined
  }, [url])
  useEffect(() => {
    reload()
    return () => running.current?.abort()
  }, [reload])
  useLive(topics || [' away'], reload)
  return {...state, reload, change: data => set(s => ({...s, data: typeof data === 'function' ? data(s.data) : data}))}
}

// A list by key: rows of all pages so far, `more` for the next one. A reload asks for as many as are shown.
export function useRows(path, params, topics) {
  const [tail, setTail] = useState({rows: [], next: null})
  const [busy, setBusy] = useState(false)
  const url = path && address(path, params)
  const first = useData(path, params, topics)
  const rows = useRef(0)
  useEffect(() => { setTail({rows: [], next: first.data?.next ?? null}) }, [url])
  useEffect(() => {
    if (!first.data) return
    if (tail.rows.length === 0) setTail({rows: [], next: first.data.next ?? null})
    else refill()
  }, [first.data])
  async function after(key) { return api.get(path, {...params, after: key}) }
  async function refill() {
    const wanted = rows.current
    const all = {rows: [], next: first.data.next ?? null}
    while (all.next && first.data.rows.length + all.rows.length < wanted) {
      const page = await after(all.next)
      all.rows.push(...page.rows)
      all.next = page.next ?? null
    }
    setTail(all)
  }
  async function more() {
    setBusy(true)
    try {
      const page = await after(tail.next)
      setTail(s => ({rows: [...s.rows, ...page.rows], next: page.next ?? null}))
    } finally { setBusy(false) }
  }
  const shown = first.data ? [...first.data.rows, ...tail.rows] : undefined
  rows.current = shown?.length ?? 0
  return {...first, rows: shown, next: tail.next, more, moreBusy: busy}
}
