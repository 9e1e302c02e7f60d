// What is filled in: fields, buttons that wait for their change, dialogs.
import {html} from './parts_html.js'
import {useEffect, useId, useRef, useState} from './lib_hooks.js'
import {api} from './parts_net.js'
import {t} from './parts_words.js'
import {toastError} from './parts_show.js'

// A control with its name, hint and error. type: any of <input>, or select (options: [[value, words]]), textarea, checkbox, person.
// `error`: an ApiError; it is shown here where its field is this one's `name`. onChange gets the value.
export function Field({label, name, type = 'text', value, onChange, hint, error, options, children, hidden, ...rest}) {
  const id = useId()
  const wrong = typeof error === 'string' ? error : error && error.field === name && error.field ? error.message : null
  const by = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(' ') || undefined
  const common = {id, name, 'aria-invalid': wrong ? 'true' : undefined, 'aria-describedby': by, ...rest}
  const text = e => onChange?.(e.target.value)
  const control = children ? children(common) : type === 'select'
    ? html`<select ...${common} value=${value} onChange=${text}>${options.map(([v, words]) => html`<option key=${v} value=${v} selected=${String(v) === String(value ?? '')}>${words}</option>`)}</select>`
    : type === 'textarea' ? html`<textarea ...${common} value=${value ?? ''} onInput=${text} />`
    : type === 'checkbox' ? html`<input type="checkbox" ...${common} checked=${!!value} onChange=${e => onChange?.(e.target.checked)} />`
    : type === 'person' ? html`<${PersonSelect} common=${common} value=${value} onChange=${onChange} />`
    : html`<input type=${type} ...${common} value=${value ?? ''} onInput=${text} />`
  const name_ = html`<label for=${id} class=${hidden ? 'hidden-text' : ''}>${label}</label>`
  return html`<div class=${`field ${type === 'checkbox' ? 'check' : ''}`}>
    ${type === 'checkbox' ? [control, name_] : [name_, control]}
    ${hint && html`<span class="hint" id=${`${id}-hint`}>${hint}</span>`}
    ${wrong && html`<span class="wrong" id=${`${id}-wrong`}>${wrong}</span>`}
  </div>`
}

// Those who may work cards, asked for once a page.
let people = null
function usePeople() {
  const [list, set] = useState([])
  useEffect(() => {
    people = people || api.get('/api/people/names').then(a => a.rows)
    people.then(set, () => { people = null })
  }, [])
  return list
}
export const forgetPeople = () => { people = null }
function PersonSelect({common, value, onChange}) {
  const list = usePeople()
  return html`<select ...${common} value=${value ?? ''} onChange=${e => onChange?.(e.target.value)}>
    <option value="" selected=${!value}>${t('nobody')}</option>
    ${list.map(p => html`<option key=${p.login} value=${p.login} selected=${p.login === value}>${p.name || p.login}</option>`)}
  </select>`
}

// run may return a promise: until it is through, a second click does nothing; what it throws is shown unless onError takes it.
// kind: primary, danger, quiet, small, icon.
export function Button({run, kind = '', onError = toastError, off, busy, children, type = 'button', ...rest}) {
  const [own, setOwn] = useState(false)
  const there = useRef(true)
  useEffect(() => () => { there.current = false }, [])
  const waits = own || busy
  async function click(e) {
    if (waits || off) return e.preventDefault()
    if (!run) return undefined
    setOwn(true)
    try {
      await run(e)
    } catch (error) { onError(error) } finally { if (there.current) setOwn(false) }
    return undefined
  }
  return html`<button type=${type} class=${`button ${kind}`} aria-busy=${waits ? 'true' : undefined} aria-disabled=${off ? 'true' : undefined} onClick=${click} ...${rest}>${children}</button>`
}

// A form's own state: values, the error of the last try, and what sends it.
//   const f = useForm({due: ''}, v => api.post(path, v))
//   <form onSubmit=${f.submit}> <${Field} ...${f.field('due')} label=... />  ${f.problem} <${Button} type="submit" busy=${f.busy}>
export function useForm(first, send) {
  const [values, set] = useState(first)
  const [error, setError] = useState(null)
  const [busy, setBusy] = useState(false)
  const box = useRef(null)
  async function submit(e) {
    e?.preventDefault()
    if (busy) return
    const form = e?.currentTarget ?? box.current
    setBusy(true)
    setError(null)
    try {
      await send(values)
    } catch (wrong) {
      setError(wrong)
      if (wrong.field) setTimeout(() => form?.querySelector('[aria-invalid="true"]')?.focus())
    } finally { setBusy(false) }
  }
  const field = name => ({name, value: values[name], error, onChange: v => set(s => ({...s, [name]: v}))})
  const shownByField = error?.field && Object.hasOwn(values, error.field)
  const problem = error && !shownByField && html`<div class="notice bad" role="alert">${error.code === 'away' ? t('away.not_done') : error.message || t('failed')}</div>`
  return {values, set: v => set(s => ({...s, ...v})), field, submit, busy, error, problem}
}

// A modal one: Escape and its button close it, and the focus goes back to where it came from. `foot`: its buttons.
export function Dialog({title, onClose, children, foot, wide}) {
  const box = useRef(null)
  const id = useId()
  useEffect(() => {
    const before = document.activeElement
    const d = box.current
    d.showModal()
    d.querySelector('[autofocus], .dialog-body input:not([type="hidden"]), .dialog-body select, .dialog-body textarea, .dialog-foot .primary')?.focus()
    return () => {
      d.close()
      if (before?.isConnected) before.focus()
    }
  }, [])
  return html`<dialog ref=${box} class=${wide ? 'wide' : ''} aria-labelledby=${id} onCancel=${e => { e.preventDefault(); onClose() }}>
    <div class="dialog-head"><h2 id=${id}>${title}</h2><button type="button" class="button quiet icon" aria-label=${t('close')} onClick=${onClose}>✕</button></div>
    <div class="dialog-body">${children}</div>
    ${foot && html`<div class="dialog-foot">${foot}</div>`}
  </dialog>`
}

// "Are you sure": words, and a button that does it. A failure is shown in the dialog.
export function Confirm({title, children, action, kind = 'primary', run, onClose}) {
  const [error, setError] = useState(null)
  async function go() {
    await run()
    onClose()
  }
  return html`<${Dialog} title=${title} onClose=${onClose} foot=${html`
      <${Button} run=${onClose}>${t('cancel')}<//><${Button} kind=${kind} run=${go} onError=${setError}>${action}<//>`}>
    ${children}
    ${error && html`<div class="notice bad" role="alert">${error.code === 'away' ? t('away.not_done') : error.message}</div>`}
  <//>`
}
