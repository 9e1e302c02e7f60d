// Long work of the server: begun, looked at until it is done, given up; what it found stays for this tab.
import {html, useEffect, useRef, useState, api, Button, Notice, number, t} from './base.js'

const kept = key => { try { return sessionStorage.getItem(key) } catch { return null } }
function keep(key, id) {
  try { if (id) sessionStorage.setItem(key, id); else sessionStorage.removeItem(key) } catch { /* a private window without storage */ }
}

// {id, state, progress, result, error, start(path, body), cancel()}; `key` names the work for this tab: a reload finds it.
export function useJob(key) {
  const [job, set] = useState({})
  const timer = useRef(0)
  const there = useRef(true)
  useEffect(() => {
    there.current = true
    const id = kept(key)
    set(id ? {id, state: 'waits'} : {})
    if (id) look(id, 0)
    return () => {
      there.current = false
      clearTimeout(timer.current)
    }
  }, [key])
  async function look(id, times) {
    try {
      const seen = await api.get('/api/jobs/' + id)
      if (!there.current) return
      set({...seen, id})
      if (seen.state === 'waits' || seen.state === 'runs') timer.current = setTimeout(() => look(id, times + 1), times < 10 ? 200 : 1000)
    } catch (error) {
      if (!there.current) return
      if (error.code === 'away') { timer.current = setTimeout(() => look(id, times), 2000); return }
      if (error.status === 404) { keep(key, null); set({}) } else set({id, state: 'failed', error})
    }
  }
  async function start(path, body) {
    clearTimeout(timer.current)
    const {job: id} = await api.post(path, body)
    keep(key, id)
    set({id, state: 'waits'})
    look(id, 0)
  }
  async function cancel() {
    await api.post(`/api/jobs/${job.id}/cancel`)
    keep(key, null)
    set({})
    clearTimeout(timer.current)
  }
  return {...job, working: job.state === 'waits' || job.state === 'runs', start, cancel}
}

// How far it is, with a button that gives it up; what went wrong.
export function JobState({job}) {
  if (job.state === 'failed') return html`<${Notice} kind="bad"><pre class="wrap-any">${job.error?.message || t('failed')}</pre><//>`
  if (!job.working) return null
  const {done = 0, of = 0} = job.progress || {}
  return html`<div class="row" role="status"><progress value=${of ? done : undefined} max=${of || undefined} aria-label=${t('policy.working')}></progress>
    <span class="muted">${job.state === 'waits' ? t('policy.in_line') : of ? t('policy.done_of', number(done), number(of)) : t('policy.working')}</span>
    <${Button} kind="small" run=${job.cancel}>${t('cancel')}<//></div>`
}
