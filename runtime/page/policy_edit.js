// The text of a policy, edited: said by the compiler what it is, tried, and saved as a commit on a branch of one's own. What is in
// force stays what it is until somebody brings the branch in.
import {html, useEffect, useMemo, useRef, useState, useData, api, Button, Field, Failure, Notice, Badge, Busy, t, plural, number} from './base.js'
import {Editor, carried, placeOf, plainWords, replace} from './policy_editor.js'
import {Save, Saved} from './policy_save.js'
import {Tests} from './policy_tests.js'

const PAUSE = 180 // ms without a keystroke

// ---- what is not saved is kept in this browser ----

const slot = (policy, file) => `policy-text:${policy.name}:${file}`
function unsaved(policy, file) {
  try { return JSON.parse(sessionStorage.getItem(slot(policy, file))) } catch { return null }
}
function keepUnsaved(policy, file, state) {
  try { if (state) sessionStorage.setItem(slot(policy, file), JSON.stringify(state)); else sessionStorage.removeItem(slot(policy, file)) } catch { /* it is in this page alone then */ }
}

function useLeaving(dirty) {
  useEffect(() => {
    if (!dirty) return undefined
    const ask = e => { e.preventDefault(); e.returnValue = '' }
    const link = e => {
      const a = e.target.closest?.('a[href]')
      if (a && !a.target && a.origin === location.origin && a.pathname !== location.pathname && !confirm(t('edit.leave'))) { e.preventDefault(); e.stopPropagation() }
    }
    addEventListener('beforeunload', ask)
    document.addEventListener('click', link, true)
    return () => {
      removeEventListener('beforeunload', ask)
      document.removeEventListener('click', link, true)
    }
  }, [dirty])
}

// ---- what the compiler says ----

function unpack(said, text) {
  const colours = []
  for (let i = 0; i < said.colours.length; i += 3) colours.push({from: said.colours[i], to: said.colours[i + 1], is: said.legend[said.colours[i + 2]]})
  return {of: text, colours, problems: said.problems, count: said.count, compiles: said.compiles, trouble: said.trouble}
}

function useCheck(path, file, text) {
  const [said, set] = useState(null)
  const newest = useRef(0)
  useEffect(() => {
    if (text === null) return undefined
    const mine = ++newest.current
    const timer = setTimeout(async () => {
      const answer = await api.post(path + '/check', {text, file, lints: true}).catch(error => ({error}))
      if (mine !== newest.current) return
      set(s => answer.error ? {...s, error: answer.error} : answer.colours ? unpack(answer, text) : {of: text, colours: [], problems: [], count: 0, compiles: false, trouble: answer.trouble})
    }, said ? PAUSE : 0)
    return () => clearTimeout(timer)
  }, [text, file])
  return said
}

function Problem({problem: p, text, show, mend}) {
  const at = p.here ? placeOf(text, p.from) : null
  return html`<li class=${`problem ${p.severity}`}>
    <div class="row"><${Badge} kind=${{error: 'bad', warning: 'warn', note: 'info'}[p.severity]}>${p.code}<//>
      ${at ? html`<button type="button" class="button small quiet" onClick=${() => show(p)}>${t('edit.line', number(at.line + 1), number(at.column + 1))}</button>` : html`<code>${p.path}</code>`}
      <span>${plainWords(p.says)}</span></div>
    ${p.hint && html`<div>${plainWords(p.hint)}</div>`}<div class="muted">${plainWords(p.remedy)}</div>
    ${p.fixes?.length > 0 && html`<div class="row">${p.fixes.map((f, i) => html`<button key=${i} type="button" class="button small" onClick=${() => mend(f)}>${plainWords(f.says)}</button>`)}</div>`}</li>`
}

function Problems({said, text, show, mend, id}) {
  if (!said) return html`<${Busy} lines=${2} />`
  const list = said.problems.filter(p => !p.here || p.from <= text.length)
  return html`<section class="panel"><h2 id=${id} aria-live="polite">${said.compiles && !said.count ? t('edit.no_problem') : plural('edit.problems', said.count || 1)}</h2>
    ${said.trouble && html`<pre class="bad wrap-any">${said.trouble}</pre>`}
    <ul class="plain stack">${list.map((p, i) => html`<${Problem} key=${p.code + i} problem=${p} text=${text} show=${show} mend=${mend} />`)}</ul></section>`
}

// ---- where the text comes from ----

function usePlace(policy, me, file, from) {
  const path = `/api/policies/${encodeURIComponent(policy.name)}`
  const kept = useMemo(() => unsaved(policy, file), [policy.name, file])
  const rev = kept && !from ? kept.base : from || (policy.git.there ? 'HEAD' : '')
  const source = useData(path + '/text', {rev, file})
  const branches = useData(policy.git.there && path + '/branches')
  return {path, kept: from ? null : kept, source, branches, mine: (branches.data?.rows || []).filter(b => b.branch.startsWith(`dun/${me.login}/`))}
}

function Toolbar({state, dirty, canSave, format, revert, save, try_, saved}) {
  return html`<div class="row editor-bar">
    <${Button} run=${format}>${t('edit.format')}<//><${Button} run=${try_}>${t('policy.run_tests')}<//>
    <${Button} off=${!dirty} run=${revert}>${t('edit.revert')}<//><${Button} kind="primary" off=${!canSave} run=${save}>${t('edit.save')}<//>
    <span role="status" class="muted">${dirty ? t('edit.unsaved') : saved ? t('edit.saved_on', saved.branch) : t('edit.unchanged')}</span>
    <span class="muted">${state.branch ? html`<code>${state.branch}</code>` : t('edit.from', state.base.slice(0, 7) || t('policy.on_disk'))}</span></div>`
}

function Desk({policy, me, place, file, first, onSaved}) {
  const [state, setState] = useState(() => place.kept || first)
  const [saving, setSaving] = useState(false)
  const [saved, setSaved] = useState(null)
  const [trying, setTrying] = useState(null)
  const box = useRef(null)
  const said = useCheck(place.path, file, state.text)
  const dirty = state.text !== state.original
  useLeaving(dirty)
  useEffect(() => { keepUnsaved(policy, file, dirty ? state : null) }, [state])
  const onText = text => setState(s => ({...s, text}))
  const ask = (what, at) => api.post(`${place.path}/${what}`, {text: box.current.value, file, at})
  const colours = said ? carried(said.colours, said.of, state.text) : []
  const problems = said ? carried(said.problems.filter(p => p.here), said.of, state.text) : []
  const show = p => { box.current.focus(); box.current.setSelectionRange(p.from, p.to) }
  const mend = f => replace(box.current, f.from, f.to, f.text)
  async function format() {
    const r = await api.post(place.path + '/format', {text: state.text, file})
    if (r.changed) replace(box.current, 0, state.text.length, r.text)
  }
  function done(answer) {
    setSaving(false)
    setSaved(answer)
    setState(s => ({...s, original: s.text, base: answer.revision, tip: answer.revision, branch: answer.branch}))
    onSaved()
  }
  return html`<div class="stack">
    ${place.kept && html`<${Notice} kind="info">${t('edit.kept')}<//>`}
    <${Toolbar} state=${state} dirty=${dirty} saved=${saved} canSave=${dirty && policy.git.there} format=${format} try_=${() => setTrying({text: state.text})} revert=${() => onText(state.original)} save=${() => setSaving(true)} />
    ${saved && !dirty && html`<${Saved} policy=${policy} saved=${saved} />`}
    <p class="hidden-text" id="editor-help">${t('edit.keys')}</p>
    <${Editor} text=${state.text} onText=${onText} colours=${colours} problems=${problems} ask=${ask} boxRef=${box} label=${t('edit.text_of', first.path)} describedBy="editor-help editor-problems" />
    <p class="muted small">${t('edit.keys')}</p>
    <${Problems} said=${said} text=${state.text} show=${show} mend=${mend} id="editor-problems" />
    ${trying && file === 0 && html`<section class="panel"><h2>${t('policy.tab.tests')}</h2><${Tests} policy=${policy} body=${trying} /></section>`}
    ${saving && html`<${Save} policy=${policy} me=${me} state=${state} file=${file} compiles=${said?.of === state.text && said.compiles} onClose=${() => setSaving(false)} onSaved=${done} />`}
  </div>`
}

export function Edit({policy, me, query, set}) {
  const file = Number(query.file || 0)
  const place = usePlace(policy, me, file, query.edit)
  const data = place.source.data
  const branch = place.mine.find(b => b.branch === query.edit)
  if (!data || (policy.git.there && !place.branches.data)) return html`<${Failure} error=${place.source.error || place.branches.error} retry=${place.source.reload} /><${Busy} />`
  const first = {text: data.text, original: data.text, base: data.revision, tip: branch?.id || '', branch: branch?.branch || '', path: data.path}
  return html`<div class="stack">
    ${!policy.git.there && html`<${Notice} kind="info"><p>${t('policy.no_git')}</p><p class="muted">${policy.git.says}</p><//>`}
    ${policy.git.changed && !query.edit && html`<${Notice} kind="warn">${t('edit.disk_differs')}<//>`}
    <div class="filters">
      <${Field} label=${t('policy.file')} type="select" value=${String(file)} onChange=${v => set({file: v === '0' ? '' : v})} options=${policy.files.map(f => [String(f.file), f.path])} />
      ${place.mine.length > 0 && html`<${Field} label=${t('edit.begin')} type="select" value=${query.edit || ''} onChange=${v => set({edit: v})} options=${[['', t('edit.head', policy.git.branch || 'HEAD')], ...place.mine.map(b => [b.branch, b.branch])]} />`}</div>
    <${Desk} key=${`${file} ${query.edit || ''} ${data.revision}`} policy=${policy} me=${me} place=${place} file=${file} first=${first} onSaved=${place.branches.reload} /></div>`
}
