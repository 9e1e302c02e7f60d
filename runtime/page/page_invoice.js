// One invoice: its facts and where they come from, where it stands on its ladder, why something goes out or not, what happened.
import {html, useData, useState, useShell, Loaded, PageHead, Field, Badge, Money, Day, Instant, Notice, Failure, t} from './base.js'
import {Marks, customerPath, invoicePath} from './ledger_parts.js'
import {Timeline} from './ledger_timeline.js'
import {Negotiation} from './negotiate.js'

export const area = 'ledger'
export const areas = ['board']
export const styled = true

const Fact = ({name, children}) => children ? html`<dt>${name}</dt><dd class="wrap-any">${children}</dd>` : null

function Facts({of}) {
  const v = of.invoice
  return html`<section class="panel"><h2>${t('ledger.facts')}</h2><dl class="facts">
    <${Fact} name=${t('ledger.customer')}><a href=${customerPath(v.customer.id)}>${v.customer.name}</a><//>
    <${Fact} name=${t('ledger.open')}><${Money} value=${v.open} /><//>
    <${Fact} name=${t('ledger.amount')}><${Money} value=${v.amount} /><//>
    <${Fact} name=${t('ledger.paid_amount')}>${of.paid && html`<${Money} value=${of.paid} />`}<//>
    <${Fact} name=${t('ledger.due')}><${Day} value=${v.due} /><//>
    <${Fact} name=${t('ledger.issued')}>${v.issued && html`<${Day} value=${v.issued} />`}<//>
    <${Fact} name=${t('ledger.installment')}>${of.installment > 0 && `${of.installment} / ${of.installments || '?'}`}<//>
    <${Fact} name=${t('ledger.contract')}>${v.contract}<//>
    <${Fact} name=${t('ledger.kind_of')}>${v.kind}<//>
    <${Fact} name=${t('ledger.tags')}>${of.tags.length > 0 && of.tags.map(x => html`<${Badge} key=${x}>${x}<//> `)}<//>
    <${Fact} name=${t('ledger.payment_link')}>${/^https?:/.test(of.payment_link) && html`<a href=${of.payment_link} rel="noreferrer" target="_blank">${of.payment_link}</a>`}<//>
    ${of.custom.map(f => html`<${Fact} key=${f.name} name=${f.name}>${f.value}<//>`)}
    <${Fact} name=${t('ledger.source')}>${of.source.name} <span class="muted">${of.source.id !== v.number && of.source.id}</span><//>
    <${Fact} name=${t('ledger.changed_at')}>${of.source.changed_at && html`<${Instant} value=${of.source.changed_at} />`}<//>
    <${Fact} name=${t('ledger.read_at')}>${of.source.read_at && html`<${Instant} value=${of.source.read_at} />`}<//>
  </dl></section>`
}

// The rungs in their order; the one that it stands on is the last whose day has come.
function Ladder({x, today}) {
  const rungs = x.steps.filter(s => s.rung)
  if (!rungs.length) return null
  const passed = rungs.filter(s => s.day && s.day <= today)
  const now = passed.length ? passed[passed.length - 1].place : null
  return html`<section class="panel"><h2>${t('ledger.ladder')}</h2><ol class="plain ladder">
    ${rungs.map((s, i) => html`<li key=${i} class=${s.place === now ? 'now' : ''} aria-current=${s.place === now ? 'step' : undefined}>
      <span class="when"><${Day} value=${s.day} /></span><span class="what"><strong>${s.what}</strong> <span class="muted small">${s.place}</span>
      <div class="small">${s.goes && html`<${Badge} kind="good">${s.state}<//> `}${s.why}</div></span></li>`)}</ol></section>`
}

const Lines = ({of}) => of.length > 0 && html`<ul class="reasons">${of.map((w, i) => html`<li key=${i}>${w}</li>`)}</ul>`

function Questions({of}) {
  return html`<details><summary>${t('ledger.questions')}</summary><div class="table"><table>
    <thead><tr><th scope="col">${t('ledger.question')}</th><th scope="col">${t('ledger.answer')}</th><th scope="col">${t('ledger.because')}</th></tr></thead>
    <tbody>${of.map((q, i) => html`<tr key=${i} class=${q.term ? 'term' : ''}><th scope="row">${q.question}</th><td>${q.answer}</td><td>${q.because}</td></tr>`)}</tbody></table></div></details>`
}

function WhyNot({number, steps}) {
  const [step, set] = useState('')
  const of = useData(step ? `/api${invoicePath(number)}/explanation` : null, {step}, ['invoices'])
  const names = [...new Set(steps.filter(s => !s.goes && s.rung).map(s => s.place.match(/\S*\d+\S*/)?.[0]).filter(Boolean))]
  if (!names.length) return null
  return html`<div class="why-not"><${Field} label=${t('ledger.why_not')} type="select" value=${step} onChange=${set} options=${[['', t('ledger.choose_step')], ...names.map(n => [n, n])]} />
    <div aria-live="polite">${step && of.error && html`<${Failure} error=${of.error} retry=${of.reload} />`}
    ${step && of.data && html`<${Lines} of=${of.data.steps.filter(s => s.asked).map(s => `${s.what}: ${s.why}`)} /><p>${of.data.change}</p><p class="muted">${of.data.next}</p>`}</div></div>`
}

function Why({number, x}) {
  return html`<section class="panel"><h2>${t('ledger.why')}</h2>
    <p class="verdict">${x.verdict}</p><${Lines} of=${x.why} />
    ${x.outbox.map((w, i) => html`<${Notice} key=${i} kind="warn">${w}<//>`)}
    ${x.change && html`<p>${x.change}</p>`}<p>${x.next}</p>
    <${WhyNot} number=${number} steps=${x.steps} /><${Questions} of=${x.questions} /></section>`
}

export default function Invoice({params, me}) {
  const {id: number} = params
  const of = useData(`/api${invoicePath(number)}`, undefined, ['invoices'])
  const why = useData(`/api${invoicePath(number)}/explanation`, undefined, ['invoices'])
  const today = useShell()?.today
  return html`<${PageHead} title=${t('ledger.invoice_of', number)} badge=${of.data && html`<${Marks} of=${of.data.invoice} today=${today} />`} />
    <div class="columns"><${Loaded} of=${of}>${v => html`<${Facts} of=${v} />`}<//>
      <${Loaded} of=${why}>${x => html`<${Why} number=${number} x=${x} />`}<//></div>
    <${Negotiation} invoice=${number} me=${me} onDone=${of.reload} />
    ${why.data && html`<${Ladder} x=${why.data} today=${today} />`}
    <section class="panel"><h2>${t('ledger.timeline')}</h2><${Timeline} path=${`/api${invoicePath(number)}/timeline`} invoice /></section>`
}
