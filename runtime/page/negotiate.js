// Promises and agreements: a promise in two clicks; a new due date or instalments, proposed by one person and approved by another.
// Pages of cards and of invoices show <${Negotiation} invoice card agreements me onDone />; `agreements` may be left out.
import {html, useState, useData, api, Badge, Button, Confirm, Day, Dialog, Field, Instant, Loaded, Money, Notice, day, may, t, toast} from './base.js'
import {AGREEMENT_KIND, agreementWords} from './board_column.js'
import {Proposal} from './negotiate_propose.js'

// Its rules are the board's, on whatever page it stands.
const rules = new URL('./style_board.css', import.meta.url).href
if (![...document.querySelectorAll('link')].some(l => l.href === rules))
  document.head.append(Object.assign(document.createElement('link'), {rel: 'stylesheet', href: rules}))

// One click chooses the day, the second says yes.
function Promise_({offer, onDone}) {
  const [at, choose] = useState('')
  const [own, setOwn] = useState('')
  async function promise() {
    await api.post(`/api/invoices/${encodeURIComponent(offer.invoice)}/promise`, {day: at})
    toast(t('promise.made', day(at)))
    onDone()
  }
  return html`<div class="row" role="group" aria-label=${t('promise.title')}><span>${t('promise.title')}</span>
    ${offer.promise.filter((p, i, all) => all.findIndex(x => x.day === p.day) === i).map(p => html`<${Button} key=${p.in} kind="small" run=${() => choose(p.day)}>${t(`promise.in.${p.in.replace(' ', '_')}`)} · ${day(p.day, 'weekday')}<//>`)}
    <${Field} label=${t('promise.other')} hidden type="date" min=${offer.today} value=${own} onChange=${v => { setOwn(v); if (v) choose(v) }} />
    ${at && html`<${Confirm} title=${t('promise.title')} action=${t('promise.yes', day(at))} run=${promise} onClose=${() => choose('')}>
      <p>${t('promise.words', offer.invoice, day(at, 'weekday'))}</p><//>`}</div>`
}

function Parts({agreement: a}) {
  const now = ['in force', 'ordered'].includes(a.state) ? a.at_hand : 0
  return html`<table class="parts"><thead><tr><th>${t('agreement.due')}</th><th class="right">${t('agreement.amount')}</th><th>${t('agreement.met')}</th></tr></thead>
    <tbody>${a.parts.map((p, i) => html`<tr key=${i} class=${i + 1 === now ? 'now' : ''}><td><${Day} value=${p.due} />${!p.business && html` <${Badge} kind="warn">${t('agreement.no_business')}<//>`}</td>
      <td class="right"><${Money} value=${p.amount} /></td><td>${p.met ? html`<${Day} value=${p.met} />` : ''}</td></tr>`)}</tbody></table>`
}

// Where its date stands: on its way to the ERP, there, or in Dun alone.
function Where({agreement: a}) {
  if (a.waits) return html`<p class="muted">${t('agreement.waits', a.erp)}${a.order && a.order !== 'ready' && html` (${a.order})`}</p>`
  if (a.state !== 'in force') return null
  return html`<p class="muted">${a.erp ? t('agreement.in_erp', a.erp) : t('agreement.here')}${a.confirmation && html` · ${t('agreement.told', a.confirmation)}`}</p>`
}

function Reject({agreement: a, onDone, onClose}) {
  const [reason, set] = useState('')
  const [error, setError] = useState(null)
  async function run() {
    await api.post(`/api/agreements/${a.id}/reject`, {version: a.version, reason})
    onClose()
    onDone()
  }
  return html`<${Dialog} title=${t('agreement.reject')} onClose=${onClose} foot=${html`<${Button} run=${onClose}>${t('cancel')}<//>
      <${Button} kind="danger" run=${run} onError=${setError}>${t('agreement.reject')}<//>`}>
    <${Field} label=${t('agreement.reason')} name="reason" type="textarea" value=${reason} onChange=${set} error=${error} maxlength="2000" />
    ${error && !error.field && html`<${Notice} kind="bad">${error.message}<//>`}<//>`
}

function Answers({agreement: a, me, onDone}) {
  const [rejects, setRejects] = useState(false)
  const own = a.proposed_by === me.login
  const send = what => async () => {
    try {
      await api.post(`/api/agreements/${a.id}/${what}`, {version: a.version})
      if (what === 'approve') toast(t('agreement.approved'))
    } finally { onDone() }
  }
  return html`<div class="row">
    ${may(me, 'approver') && !own && html`<${Button} kind="primary" run=${send('approve')}>${t('agreement.approve')}<//>`}
    ${may(me, 'approver') && html`<${Button} kind="danger" run=${() => setRejects(true)}>${t('agreement.reject')}<//>`}
    ${own && html`<${Button} run=${send('withdraw')}>${t('agreement.withdraw')}<//>`}
    ${own && html`<span class="muted">${t('agreement.own')}</span>`}
    ${!own && !may(me, 'approver') && html`<span class="muted">${t('agreement.asks')}</span>`}
    ${rejects && html`<${Reject} agreement=${a} onDone=${onDone} onClose=${() => setRejects(false)} />`}</div>`
}

export function Agreement({agreement: a, me, onDone}) {
  return html`<article class="agreement" aria-label=${t('agreement.number', a.id)}>
    <div class="row between"><strong>${t(a.parts.length > 1 ? 'agreement.instalments' : 'agreement.date')}</strong><${Badge} kind=${AGREEMENT_KIND[a.state]}>${agreementWords(a.state)}<//></div>
    <${Parts} agreement=${a} />
    ${a.note && html`<p class="wrap-any">${a.note}</p>`}
    ${a.reason && html`<${Notice} kind=${['refused', 'broken', 'overridden', 'rejected'].includes(a.state) ? 'warn' : 'info'}>${a.reason}<//>`}
    <p class="muted small">${t('agreement.by', a.proposed_by)} <${Instant} value=${a.proposed} style="short" />
      ${a.answered_by && html` · ${t('agreement.answered', a.answered_by)} <${Instant} value=${a.answered} style="short" />`}</p>
    <${Where} agreement=${a} />
    ${a.state === 'proposed' && html`<${Answers} agreement=${a} me=${me} onDone=${onDone} />`}</article>`
}

function Offers({offer, card, onDone, asked}) {
  const [proposes, setProposes] = useState(false)
  if (offer.status !== 'open') return html`<p class="muted">${t('agreement.settled')}</p>`
  return html`<div class="stack"><${Promise_} offer=${offer} onDone=${onDone} />
    ${!asked && html`<div class="row"><${Button} run=${() => setProposes(true)}>${t('agreement.propose')}<//></div>`}
    ${proposes && html`<${Proposal} offer=${offer} card=${card} onClose=${() => setProposes(false)} onDone=${onDone} />`}</div>`
}

export function Negotiation({invoice, card, agreements, me, onDone}) {
  const at = `/api/invoices/${encodeURIComponent(invoice)}`
  const offer = useData(may(me, 'operator') ? at + '/offer' : null, undefined, ['agreements', 'invoices'])
  const list = useData(agreements ? null : '/api/agreements', {invoice, limit: 20}, ['agreements'])
  const all = agreements || list.data?.rows || []
  const done = () => { offer.reload(); list.reload(); onDone?.() }
  return html`<section class="panel" aria-label=${t('agreement.title')}><h2>${t('agreement.title')}</h2><div class="stack">
    ${all.map(a => html`<${Agreement} key=${a.id} agreement=${a} me=${me} onDone=${done} />`)}
    ${may(me, 'operator') ? html`<${Loaded} of=${offer} lines=${2}>${data => html`<${Offers} offer=${data} card=${card} onDone=${done}
      asked=${all.some(a => a.state === 'proposed' || a.state === 'ordered')} />`}<//>` : !all.length && html`<p class="muted">${t('agreement.none')}</p>`}
  </div></section>`
}
