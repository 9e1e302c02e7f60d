// What happened with a customer or an invoice, in one list by time; the words of a message are shown when they are asked for.
import {html, useRows, useState, useData, useMe, may, Fragment, Loaded, Failure, Busy, Empty, Pager, Badge, Money, Day, Instant, Dialog, Button, has, t} from './base.js'
import {invoicePath} from './ledger_parts.js'

const KINDS = ['message', 'reply', 'promise', 'payment', 'dispute', 'card', 'agreement', 'due', 'note', 'other']
const STATES = {delivered: 'good', read: 'good', replied: 'good', accepted: 'info', rejected: 'bad', dead: 'bad', unknown: 'warn', held: 'warn', deferred: 'warn',
  kept: 'good', broken: 'bad', proposed: 'warn', refused: 'bad'}

const stateName = state => has(`ledger.state.${state}`) ? t(`ledger.state.${state}`) : state

function MessageText({id, onClose}) {
  const of = useData(`/api/outbox/${id}/text`)
  return html`<${Dialog} title=${of.data?.subject || t('ledger.kind.message')} onClose=${onClose} wide>
    <${Loaded} of=${of}>${m => html`<p class="muted">${m.to}</p><pre class="message-text">${m.text}</pre>`}<//><//>`
}

// What the policy did inside Dun, without a message: a tag, a log entry.
const ofPolicy = e => e.state && e.at && (e.kind === 'other' || e.kind === 'note')

function Head({e}) {
  if (e.kind === 'message') return html`<strong>${e.text || e.what}</strong> <span class="muted">${e.channel} · ${e.who}</span>`
  if (e.kind === 'card') return html`<a href=${`/cards/${e.id}`}>${e.what}</a> <span class="muted">${e.state}</span>`
  const known = `ledger.what.${e.what.replaceAll(' ', '_')}`
  return html`<strong>${has(known) ? t(known) : e.what}</strong>`
}

function Rest({e}) {
  return html`${e.amount && html` <${Money} value=${e.amount} />`}
    ${e.kind === 'promise' && e.date && html` <span>${t('ledger.for_day')} <${Day} value=${e.date} /></span>`}
    ${(e.kind === 'due' || e.kind === 'agreement') && e.date && html` <span>${t('ledger.until_day')} <${Day} value=${e.date} /></span>`}
    ${e.state && e.kind !== 'card' && !(ofPolicy(e) && e.state === 'accepted') && html` <${Badge} kind=${STATES[e.state]}>${stateName(e.state)}<//>`}
    ${e.reason && html` <span class="muted small">${e.reason}</span>`}`
}

function Entry({e, show, invoice}) {
  return html`<li class="happened">
    <span class="when">${e.at ? html`<${Instant} value=${e.at} />` : html`<${Day} value=${e.day} />`}</span>
    <span class="kind"><${Badge}>${t(`ledger.kind.${e.kind}`)}<//></span>
    <div class="what"><${Head} e=${e} /><${Rest} e=${e} />
      ${!invoice && e.entity && html` <a class="small" href=${invoicePath(e.entity)}>${e.entity}</a>`}
      ${e.kind !== 'message' && e.text && html`<p class="said">${e.text}</p>`}
      <div class="muted small">${e.kind === 'message' ? show && html`<${Button} kind="quiet small" run=${() => show(e.id)}>${t('ledger.read_message')}<//>`
        : ofPolicy(e) ? `${t('ledger.rung')} ${e.who}` : e.observed ? t('ledger.seen_in', e.who) : e.who && t('ledger.told_by', e.who)}</div>
    </div></li>`
}

function KindFilter({kinds, set}) {
  const toggle = k => set(kinds.includes(k) ? kinds.filter(x => x !== k) : [...kinds, k])
  return html`<div class="row kinds" role="group" aria-label=${t('ledger.show_kinds')}>
    ${KINDS.map(k => html`<button key=${k} type="button" class="button small" aria-pressed=${kinds.includes(k) ? 'true' : 'false'} onClick=${() => toggle(k)}>${t(`ledger.kind.${k}`)}</button>`)}</div>`
}

// path: /api/customers/{id}/timeline or an invoice's; invoice: all of it is about one.
export function Timeline({path, invoice}) {
  const [kinds, setKinds] = useState([])
  const [message, show] = useState(null)
  const me = useMe()
  const list = useRows(path, {kinds: kinds.join(',')}, ['customers', 'outbox', 'board', 'agreements'])
  return html`<${Fragment}><${KindFilter} kinds=${kinds} set=${setKinds} /><${Failure} error=${list.error} retry=${list.reload} />
    ${!list.rows ? !list.error && html`<${Busy} />` : list.rows.length ? html`<ol class="plain timeline" aria-label=${t('ledger.timeline')}>
      ${list.rows.map(e => html`<${Entry} key=${`${e.kind} ${e.id} ${e.day}`} e=${e} invoice=${invoice} show=${may(me, 'operator') ? show : null} />`)}</ol>
      <${Pager} list=${list} />` : html`<${Empty}>${t('ledger.nothing_happened')}<//>`}
    ${message && html`<${MessageText} id=${message} onClose=${() => show(null)} />`}<//>`
}
