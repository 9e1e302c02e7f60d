// The start page: what goes out today, what is held and why; approve, hold, skip one or many; pause and resume all sending.
import {html, api, useData, useRows, Loaded, PageHead, Table, Pager, Button, Dialog, Confirm, Field, Notice, Failure, Busy, Instant, Empty, useForm, t, has, may, number, day, instant, plural, toast} from './base.js'
import {useState} from './lib_hooks.js'
import {Customer, Invoices, Sums, outletName} from './outbox_message.js'
import {Reason, amounts, byReason, total} from './today_groups.js'
import {Allowance, Lines, Plan} from './today_asks.js'

export const area = 'today'
export const styled = true

// ---- pause and resume ----

function PauseAll({onClose, reload}) {
  const f = useForm({reason: ''}, async v => {
    await api.post('/api/pauses', {scope: 'all', reason: v.reason})
    toast(t('pause.done'))
    reload()
    onClose()
  })
  return html`<${Dialog} title=${t('pause.all')} onClose=${onClose}><form class="form" onSubmit=${f.submit}>
    <p>${t('pause.is')}</p><${Field} ...${f.field('reason')} label=${t('pause.reason')} maxlength="500" />${f.problem}
    <div class="row"><${Button} type="submit" kind="danger" busy=${f.busy}>${t('pause.all')}<//></div></form><//>`
}

const subject = p => p.scope === 'all' ? t('pause.scope.all') : t(`pause.scope.${p.scope}`, p.customer || p.name)

function Pauses({pauses, me, reload}) {
  const [ask, setAsk] = useState(null)
  const resume = async () => {
    const a = await api.post('/api/pauses/end', {scope: ask.scope, name: ask.name})
    toast(a.stepped ? t('resume.by_steps', number(a.stepped)) : t('resume.done'))
    reload()
  }
  return html`${pauses.map(p => html`<div key=${p.scope + p.name} class=${`paused-state ${p.scope}`} role="status"><div>
      <strong>${subject(p)}</strong><div>${t(p.own ? 'pause.by_dun' : 'pause.by', p.by)} · <${Instant} value=${p.since} />${p.reason && html` · ${p.reason}`}</div></div>
      ${may(me, 'approver') ? html`<${Button} run=${() => setAsk(p)}>${t('resume')}<//>` : html`<span class="muted">${t('resume.approvers')}</span>`}</div>`)}
    ${ask && html`<${Confirm} title=${t('resume')} action=${t('resume')} run=${resume} onClose=${() => setAsk(null)}><p>${subject(ask)}</p><p>${t(ask.own ? 'resume.own.is' : 'resume.is')}</p><//>`}`
}

// ---- what waits by the policy itself ----

function WaitRows({group}) {
  const list = useRows('/api/today/waits', {why: group.why, step: group.step, outlet: group.outlet}, ['today'])
  const field = group.why === 'undecided field'
  return html`<div class="stack rows-of-group"><${Failure} error=${list.error} retry=${list.reload} />${!list.rows ? html`<${Busy} lines="3" />` : html`<${Table} rows=${list.rows} label=${group.words} columns=${field ? [
    {key: 'what', name: t('waits.field'), head: true, cell: r => html`<code>${r.what}</code>`}, {key: 'count', name: t('waits.rows'), right: true, cell: r => number(r.count)}] : [
    {key: 'name', name: t('message.customer'), head: true, cell: r => html`<${Customer} row=${r} />`}, {key: 'invoice', name: t('message.invoice'), cell: r => html`<${Invoices} row=${{...r, invoices: 1}} />`},
    {key: 'open', name: t('message.open'), right: true, cell: r => html`<${Sums} of=${r.open} />`}, {key: 'what', name: t('message.what')}]} /><${Pager} list=${list} />`}</div>`
}

const whyWords = g => g.why === 'undecided field' ? t(has(`waits.field.${g.step}`) ? `waits.field.${g.step}` : 'waits.field.missing') : g.words

function Waits({waits}) {
  const [open, setOpen] = useState(null)
  const key = g => [g.why, g.step, g.outlet].join('\n')
  return html`<section class="panel"><h3>${t('waits.title')}</h3><p class="muted">${t('waits.is')}</p>
    <${Table} rows=${waits} id=${key} label=${t('waits.title')} columns=${[
      {key: 'words', name: t('message.why'), head: true, cell: g => html`<button type="button" class="button quiet small" aria-expanded=${open === key(g) ? 'true' : 'false'} onClick=${() => setOpen(open === key(g) ? null : key(g))}>${whyWords(g)}</button>`},
      {key: 'step', name: t('message.step'), cell: g => g.why === 'undecided field' ? '' : g.step}, {key: 'outlet', name: t('outbox.channel'), cell: g => g.outlet && outletName(g.outlet)},
      {key: 'count', name: t('waits.count'), right: true, cell: g => number(g.count)}, {key: 'open', name: t('message.open'), right: true, cell: g => html`<${Sums} of=${g.open} />`},
      {key: 'seen', name: t('waits.seen'), cell: g => html`<${Instant} value=${g.seen} style="short" />`}]} />
    ${waits.filter(g => key(g) === open).map(g => html`<${WaitRows} key=${key(g)} group=${g} />`)}</section>`
}

// ---- what went, what ended ----

function Through({data}) {
  return html`<div class="columns"><section class="panel"><h3>${t('today.sent')}</h3><${Table} rows=${data.sent.map((s, i) => ({...s, id: i}))} label=${t('today.sent')} empty=${t('today.sent.none')} columns=${[
      {key: 'outlet', name: t('outbox.channel'), head: true, cell: s => outletName(s.outlet)}, {key: 'state', name: t('message.state'), cell: s => html`<a href=${`/outbox?day=${data.day}&channel=${s.outlet}&state=${s.state}`}>${t(`state.${s.state}`)}</a>`},
      {key: 'count', name: t('today.messages'), right: true, cell: s => number(s.count)}]} /></section>
    <section class="panel"><h3>${t('today.stopped')}</h3><${Table} rows=${data.stopped.map((s, i) => ({...s, id: i}))} label=${t('today.stopped')} empty=${t('today.stopped.none')} columns=${[
      {key: 'reason', name: t('message.why'), head: true, cell: s => s.reason || t(`state.${s.state}`)}, {key: 'count', name: t('today.messages'), right: true, cell: s => number(s.count)}]} /></section></div>`
}

function Tiles({data, reasons}) {
  const of = (...keys) => reasons.filter(r => keys.includes(r.key)).reduce((n, r) => n + r.count, 0)
  const kept = reasons.filter(r => r.key.startsWith('gate.')).reduce((n, r) => n + r.count, 0)
  const sent = data.sent.reduce((n, s) => n + s.count, 0)
  const asks = (data.plan && !data.plan.rejected ? 1 : 0) + (data.allowance && !data.allowance.rejected ? 1 : 0) + data.lines.reduce((n, g) => n + g.count, 0)
  const tile = (key, value, kind = '') => html`<div class=${`tile ${kind}`}><span class="label">${t(`tile.${key}`)}</span><span class="value">${number(value)}</span></div>`
  return html`<div class="tiles">${tile('goes', of('goes') + data.moving)}${tile('sent', sent)}${tile('kept', kept + of('waits.held', 'waits.approved', 'waits.deferred'))}
    ${tile('asks', asks, asks ? 'asks' : '')}${tile('look', of('waits.unknown', 'waits.dead'), of('waits.unknown', 'waits.dead') ? 'asks' : '')}</div>`
}

function Ramp({ramp}) {
  return html`<${Notice} kind="info">${t('ramp.words', number(ramp.out), number(ramp.total), number(ramp.waiting))} ${ramp.next && html`${t('ramp.next')} <${Instant} value=${ramp.next} style="short" />`}<//>`
}

// ---- the page ----

function All({data, me, reload}) {
  const reasons = byReason(data.groups)
  const next = instant(data.next, 'short')
  const asked = data.plan || data.allowance || data.lines.length > 0
  const nothing = !asked && !reasons.length && !data.waits.length && !data.sent.length && !data.stopped.length
  return html`<${Pauses} pauses=${data.pauses} me=${me} reload=${reload} />
    <${Tiles} data=${data} reasons=${reasons} />
    ${!data.real && html`<${Notice}>${t('today.files')}<//>`}
    ${data.ramp && html`<${Ramp} ramp=${data.ramp} />`}
    ${asked && html`<h2>${t('today.asked')}</h2>`}
    ${data.plan && html`<${Plan} plan=${data.plan} me=${me} reload=${reload} />`}
    ${data.allowance && html`<${Allowance} day=${data.allowance} me=${me} reload=${reload} />`}
    ${data.lines.length > 0 && html`<${Lines} groups=${data.lines} me=${me} reload=${reload} as_of=${data.as_of} />`}
    ${reasons.length > 0 && html`<h2>${t('today.waiting')} <span class="muted small">${plural('today.count', reasons.reduce((n, r) => n + r.count, 0))} · ${amounts(total(data.groups))}</span></h2>`}
    ${data.more && html`<${Notice} kind="warn">${t('today.more')}<//>`}
    ${reasons.map(r => html`<${Reason} key=${r.key} reason=${r} me=${me} reload=${reload} next=${next} />`)}
    ${data.waits.length > 0 && html`<${Waits} waits=${data.waits} />`}
    ${nothing ? html`<${Empty} title=${t('today.nothing')}>${t('today.nothing.is', next)}<//>` : html`<${Through} data=${data} />`}`
}

export default function Page({me}) {
  const today = useData('/api/today', undefined, ['today'])
  const [asks, setAsks] = useState(false)
  const data = today.data
  const stopped = data?.pauses.some(p => p.scope === 'all')
  return html`<${PageHead} title=${t('today.title')} sub=${data && `${day(data.day, 'weekday')} · ${t('today.next', instant(data.next, 'short'))}`}
      actions=${may(me, 'operator') && data && !stopped && html`<${Button} kind="danger" run=${() => setAsks(true)}>${t('pause.all')}<//>`} />
    <${Loaded} of=${today}>${all => html`<${All} data=${all} me=${me} reload=${today.reload} />`}<//>
    ${asks && html`<${PauseAll} onClose=${() => setAsks(false)} reload=${today.reload} />`}`
}
