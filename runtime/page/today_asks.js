// What a person is asked: the plan that waits as a whole, a day with more messages than may go without asking, single lines.
import {html, api, useRows, Table, Pager, Button, Confirm, Badge, Day, Failure, Busy, Notice, t, may, number, plural, toast} from './base.js'
import {useState} from './lib_hooks.js'
import {Customer, Invoices, Sums, outletName} from './outbox_message.js'
import {amounts, total, useActs} from './today_groups.js'

const said = (a, yes) => toast(t(a.first ? 'ask.first' : yes ? 'ask.approved' : 'ask.rejected'))

function Examples({rows, title}) {
  if (!rows.length) return null
  return html`<details><summary>${title}</summary><${Table} rows=${rows.map((r, i) => ({...r, id: i}))} label=${title} columns=${[
    {key: 'name', name: t('message.customer'), head: true, cell: r => html`<${Customer} row=${r} />`},
    {key: 'invoice', name: t('message.invoice'), cell: r => html`<${Invoices} row=${r} />`},
    {key: 'open', name: t('message.open'), right: true, cell: r => html`<${Sums} of=${r.open} />`},
    {key: 'step', name: t('message.step')}, {key: 'outlet', name: t('outbox.channel'), cell: r => outletName(r.outlet)}]} /></details>`
}

export function Plan({plan, me, reload}) {
  const [ask, setAsk] = useState(null)
  const [steps, setSteps] = useState(true)
  const send = async yes => {
    said(await api.post('/api/today/plan', {approve: yes, digest: plan.digest, ramp: steps}), yes)
    reload()
  }
  return html`<section class="panel ask"><div class="row between"><h3>${t('plan.title')}</h3><${Badge} kind=${plan.rejected ? 'warn' : 'bad'}>${t(plan.rejected ? 'plan.is_rejected' : 'plan.waits')}<//></div>
    <p>${plan.why}</p>
    <p><strong>${plural('today.count', plan.messages)}, ${amounts(plan.open)}</strong>${plan.late > 0 && ` · ${t('plan.late', number(plan.late))}`} · <${Day} value=${plan.day} /></p>
    ${plan.by && html`<${Notice} kind="info">${t(plan.rejected ? 'plan.rejected_by' : 'ask.first_by', plan.by)}<//>`}
    <${Table} rows=${plan.steps.map((s, i) => ({...s, id: i}))} label=${t('plan.steps')} columns=${[{key: 'step', name: t('message.step'), head: true}, {key: 'outlet', name: t('outbox.channel'), cell: s => outletName(s.outlet)},
      {key: 'messages', name: t('today.messages'), right: true, cell: s => number(s.messages)}, {key: 'open', name: t('message.open'), right: true, cell: s => html`<${Sums} of=${s.open} />`}]} />
    ${plan.own.length > 0 && html`<p class="muted">${t('plan.own')}: ${plan.own.map(o => `${o.what} (${number(o.count)})`).join(', ')}</p>`}
    <${Examples} rows=${plan.largest} title=${t('plan.largest')} /><${Examples} rows=${plan.sample} title=${t('plan.sample')} />
    ${!plan.rejected && may(me, 'approver') && html`<div class="row"><${Button} kind="primary" run=${() => setAsk('yes')}>${t('plan.approve')}<//><${Button} kind="danger" run=${() => setAsk('no')}>${t('plan.reject')}<//></div>`}
    ${!plan.rejected && !may(me, 'approver') && html`<p class="muted">${t('ask.approvers')}</p>`}
    ${ask && html`<${Confirm} title=${t(ask === 'yes' ? 'plan.approve' : 'plan.reject')} action=${t(ask === 'yes' ? 'plan.approve' : 'plan.reject')} kind=${ask === 'yes' ? 'primary' : 'danger'} run=${() => send(ask === 'yes')} onClose=${() => setAsk(null)}>
      <p><strong>${plural('today.count', plan.messages)}, ${amounts(plan.open)}</strong></p>
      ${ask === 'yes' && html`<div class="field check"><input type="checkbox" id="plan-steps" checked=${steps} onChange=${e => setSteps(e.target.checked)} /><label for="plan-steps">${t('plan.by_steps')}</label><span class="hint">${t('plan.by_steps.is')}</span></div>`}
      <p class="muted">${t('plan.digest', plan.digest)}</p><//>`}</section>`
}

export function Allowance({day, me, reload}) {
  const send = async yes => {
    said(await api.post('/api/today/day', {approve: yes, day: day.day, messages: day.messages}), yes)
    reload()
  }
  return html`<section class="panel ask"><div class="row between"><h3>${t('day.title')}</h3><${Badge} kind=${day.rejected ? 'warn' : 'bad'}>${t(day.rejected ? 'plan.is_rejected' : 'plan.waits')}<//></div>
    <p>${t('day.words', number(day.messages), number(day.most))} <${Day} value=${day.day} /></p>
    ${day.by && html`<${Notice} kind="info">${t(day.rejected ? 'plan.rejected_by' : 'ask.first_by', day.by)}<//>`}
    ${!day.rejected && (may(me, 'approver') ? html`<div class="row"><${Button} kind="primary" run=${() => send(true)}>${t('day.approve', number(day.messages))}<//><${Button} kind="danger" run=${() => send(false)}>${t('day.reject')}<//></div>`
      : html`<p class="muted">${t('ask.approvers')}</p>`)}</section>`
}

// ---- lines ----

async function answerGroup(approve, group, as_of) {
  const all = {done: 0, left: 0, left_out: []}
  for (let after = '0'; after !== null;) {
    const a = await api.post('/api/today/lines', {approve, as_of, group: {reason: group.reason, step: group.step}, last: group.last, after})
    all.done += a.done + a.first
    all.left += a.left
    all.left_out.push(...a.left_out)
    after = a.next
  }
  all.left = Math.max(all.left, group.count - all.done)
  return all
}

function LineRows({group, me, acts, as_of}) {
  const list = useRows('/api/today/lines', {reason: group.reason, step: group.step}, ['today'])
  const [picked, setPicked] = useState(new Set())
  const works = may(me, 'approver')
  const some = async approve => {
    const a = await api.post('/api/today/lines', {approve, as_of, ids: [...picked]})
    setPicked(new Set())
    acts.through({...a, done: a.done + a.first}, n => t(approve ? 'lines.approved' : 'lines.rejected', n))
  }
  return html`<div class="stack rows-of-group"><${Failure} error=${list.error} retry=${list.reload} />
    ${!list.rows ? html`<${Busy} lines="3" />` : html`<${Table} rows=${list.rows} label=${t('lines.title')} picked=${works ? picked : undefined} onPick=${setPicked} columns=${[
      {key: 'name', name: t('message.customer'), head: true, cell: r => html`<${Customer} row=${r} />`},
      {key: 'invoice', name: t('message.invoice'), cell: r => html`<${Invoices} row=${{...r, invoices: 1}} />`},
      {key: 'open', name: t('message.open'), right: true, cell: r => html`<${Sums} of=${r.open} />`},
      {key: 'what', name: t('message.what')}, {key: 'day', name: t('lines.since'), cell: r => html`<${Day} value=${r.day} />`},
      {key: 'by', name: t('lines.first'), cell: r => r.by}]} /><${Pager} list=${list} />`}
    ${picked.size > 0 && html`<div class="picked" role="region" aria-label=${t('today.picked', number(picked.size))}><span>${t('today.picked', number(picked.size))} · ${amounts(total(list.rows.filter(r => picked.has(r.id))))}</span>
      <${Button} kind="primary" run=${() => some(true)}>${t('lines.approve')}<//><${Button} kind="danger" run=${() => some(false)}>${t('lines.reject')}<//></div>`}</div>`
}

export function Lines({groups, me, reload, as_of}) {
  const [open, setOpen] = useState(null)
  const [ask, setAsk] = useState(null)
  const acts = useActs(reload)
  const key = g => `${g.reason}\n${g.step}`
  const all = groups.reduce((n, g) => n + g.count, 0)
  return html`<section class="panel ask"><div class="row between"><h3>${t('lines.title')}</h3><span class="muted">${plural('lines.count', all)} · ${amounts(total(groups))}</span></div>
    <${Table} rows=${groups} id=${key} label=${t('lines.title')} columns=${[
      {key: 'step', name: t('message.step'), head: true, cell: g => html`<button type="button" class="button quiet small" aria-expanded=${open === key(g) ? 'true' : 'false'} onClick=${() => setOpen(open === key(g) ? null : key(g))}>${g.step}</button>`},
      {key: 'words', name: t('message.why')}, {key: 'count', name: t('lines.lines'), right: true, cell: g => number(g.count)},
      {key: 'open', name: t('message.open'), right: true, cell: g => html`<${Sums} of=${g.open} />`}]}
      act=${may(me, 'approver') ? g => html`<${Button} kind="small" run=${() => setAsk({yes: true, g, as_of})}>${t('lines.approve')}<//> <${Button} kind="small danger" run=${() => setAsk({yes: false, g, as_of})}>${t('lines.reject')}<//>` : undefined} />
    ${!may(me, 'approver') && html`<p class="muted">${t('ask.approvers')}</p>`}
    ${groups.filter(g => key(g) === open).map(g => html`<${LineRows} key=${key(g)} group=${g} me=${me} acts=${acts} as_of=${as_of} />`)}
    ${ask && html`<${Confirm} title=${t(ask.yes ? 'lines.approve' : 'lines.reject')} action=${t(ask.yes ? 'lines.approve.all' : 'lines.reject.all', number(ask.g.count))} kind=${ask.yes ? 'primary' : 'danger'} onClose=${() => setAsk(null)}
      run=${async () => acts.through(await answerGroup(ask.yes, ask.g, ask.as_of), n => t(ask.yes ? 'lines.approved' : 'lines.rejected', n))}>
      <p><strong>${plural('lines.count', ask.g.count)}, ${amounts(ask.g.open)}</strong></p><p class="muted">${t('today.meanwhile')}</p><//>`}
    ${acts.dialog}</section>`
}
