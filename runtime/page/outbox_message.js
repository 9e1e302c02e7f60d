// One message: what it is about, its words, its tries, what may be done with it. Today and Outbox open it.
import {html, api, useData, Loaded, Dialog, Button, Badge, Confirm, Money, Day, Instant, Notice, Table, t, has, may, number, toast} from './base.js'
import {useState} from './lib_hooks.js'

const KINDS = {unknown: 'bad', dead: 'bad', rejected: 'warn', held: 'warn', deferred: 'warn', suppressed: 'warn', expired: 'warn',
  accepted: 'good', delivered: 'good', read: 'good', replied: 'good', ready: 'info', approved: 'info'}
export const State = ({state}) => html`<${Badge} kind=${KINDS[state] || ''} title=${t(`state.${state}.is`)}>${t(`state.${state}`)}<//>`
export const outletName = name => has(`outlet.${name}`) ? t(`outlet.${name}`) : name
export const stepName = r => [r.ladder, r.rung].filter(Boolean).join(' ') || r.step || ''
export const Sums = ({of}) => of.length ? html`<span class="sums">${of.map(m => html`<${Money} key=${m.currency} value=${m} />`)}</span>` : '—'
export const Invoices = ({row}) => html`<a href=${`/invoices/${encodeURIComponent(row.invoice)}`}>${row.invoice}</a>${row.invoices > 1 && ` +${number(row.invoices - 1)}`}`
export const Customer = ({row}) => html`<a href=${`/customers/${encodeURIComponent(row.customer)}`}>${row.name}</a>`

// ---- its words: asked for when somebody wants them, for that they were read is written down ----

function Words({id}) {
  const words = useData(`/api/outbox/${id}/text`)
  return html`<${Loaded} of=${words}>${m => html`<div class="stack">
    <dl class="facts"><dt>${t('message.to')}</dt><dd>${m.name && `${m.name} · `}${m.to}</dd>
      ${m.subject && html`<dt>${t('message.subject')}</dt><dd>${m.subject}</dd>`}
      ${m.gaps.length > 0 && html`<dt>${t('message.without')}</dt><dd>${m.gaps.join(', ')}</dd>`}
      ${m.files.length > 0 && html`<dt>${t('message.files')}</dt><dd>${m.files.map(f => f.name).join(', ')}</dd>`}</dl>
    <pre class="letter" lang=${m.language} tabindex="0" aria-label=${t('message.text')}>${m.text}</pre>
    ${m.html && html`<p><a href=${`/api/outbox/${id}/html`} target="_blank" rel="noopener noreferrer">${t('message.page')}</a> <span class="muted">${t('message.page.is')}</span></p>`}
  </div>`}<//>`
}

// ---- what is done with it ----

const DANGER = {cancel: 'danger', retry: 'primary'}
function Acts({message, acts, done}) {
  const [ask, setAsk] = useState(null)
  const sure = ask === 'retry' && message.state === 'unknown'
  const send = async act => {
    const a = await api.post(`/api/outbox/${message.id}`, {act, seen: message.state, ...(sure ? {sure: true} : {})})
    toast(act === 'look' ? t('act.look.done') : t('act.done', t(`state.${a.state}`)))
    done()
  }
  return html`<div class="row">${acts.map(act => html`<${Button} key=${act} kind=${DANGER[act] || ''} run=${act === 'look' ? () => send(act) : () => setAsk(act)}>${t(`act.${act}`)}<//>`)}
    ${ask && html`<${Confirm} title=${t(`act.${ask}`)} action=${t(`act.${ask}`)} kind=${DANGER[ask] || 'primary'} run=${() => send(ask)} onClose=${() => setAsk(null)}>
      <p>${t(sure ? 'act.retry.sure' : `act.${ask}.is`)}</p><//>`}</div>`
}

// ---- all of it ----

function Facts({m}) {
  return html`<dl class="facts">
    <dt>${t('message.state')}</dt><dd><${State} state=${m.state} /> <span class="muted"><${Instant} value=${m.since} /></span><br /><span class="muted">${t(`state.${m.state}.is`)}</span></dd>
    ${(m.reason || m.gate) && html`<dt>${t('message.why')}</dt><dd>${m.gate && has(`gate.${m.gate}`) ? t(`gate.${m.gate}`) : m.reason}</dd>`}
    <dt>${t('message.customer')}</dt><dd><${Customer} row=${m} /></dd>
    <dt>${t('message.what')}</dt><dd>${m.what}</dd>
    <dt>${t('message.step')}</dt><dd>${stepName(m)} · ${outletName(m.outlet)}</dd>
    <dt>${t('message.decided')}</dt><dd><${Day} value=${m.day} /></dd>
    ${m.next_try && html`<dt>${t('message.next_try')}</dt><dd><${Instant} value=${m.next_try} /></dd>`}
    ${m.expires && html`<dt>${t('message.expires')}</dt><dd><${Day} value=${m.expires} /></dd>`}
    <dt>${t('message.open')}</dt><dd><${Sums} of=${m.open} /></dd></dl>`
}

function Tries({of}) {
  const columns = [{key: 'begun', name: t('try.begun'), head: true, cell: a => html`<${Instant} value=${a.begun} />`},
    {key: 'provider', name: t('try.provider')},
    {key: 'outcome', name: t('try.outcome'), cell: a => has(`outcome.${a.outcome}`) ? t(`outcome.${a.outcome}`) : a.outcome},
    {key: 'detail', name: t('try.detail'), cell: a => [a.detail, a.by].filter(Boolean).join(' · ')}]
  const said = [{key: 'at', name: t('try.at'), head: true, cell: e => html`<${Instant} value=${e.at} />`}, {key: 'provider', name: t('try.provider')},
    {key: 'status', name: t('try.status'), cell: e => has(`state.${e.status}`) ? t(`state.${e.status}`) : e.status}, {key: 'detail', name: t('try.detail'), cell: e => e.detail}]
  return html`<h3>${t('try.title')}</h3><${Table} rows=${of.attempts} columns=${columns} id=${a => a.begun} label=${t('try.title')} empty=${t('try.none')} />
    ${of.events.length > 0 && html`<h3>${t('try.said')}</h3><${Table} rows=${of.events} columns=${said} id=${e => e.at + e.status} label=${t('try.said')} />`}`
}

export function Message({id, me, onClose}) {
  const one = useData(`/api/outbox/${id}`, undefined, ['outbox', 'today'])
  return html`<${Dialog} wide title=${t('message.title', id)} onClose=${onClose}><${Loaded} of=${one}>${data => html`
    ${data.message.state === 'unknown' && html`<${Notice} kind="bad">${t('state.unknown.do')}<//>`}
    ${data.message.state === 'dead' && html`<${Notice} kind="bad">${t('state.dead.do')}<//>`}
    <${Facts} m=${data.message} />
    ${data.about.length > 1 && html`<${Table} rows=${data.about} id=${i => i.invoice} label=${t('message.invoices')} columns=${[
      {key: 'invoice', name: t('message.invoice'), head: true, cell: i => html`<a href=${`/invoices/${encodeURIComponent(i.invoice)}`}>${i.invoice}</a>`},
      {key: 'due', name: t('message.due'), cell: i => html`<${Day} value=${i.due} />`},
      {key: 'open', name: t('message.open'), right: true, cell: i => html`<${Money} value=${i.open} />`}]} />`}
    ${may(me, 'operator') && data.may.length > 0 && html`<${Acts} message=${data.message} acts=${data.may} done=${one.reload} />`}
    ${may(me, 'operator') ? data.message.outlet && html`<${Words} id=${id} />` : html`<p class="muted">${t('message.words.operators')}</p>`}
    <${Tries} of=${data} />`}<//><//>`
}
