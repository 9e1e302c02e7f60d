// Messages that wait, by reason and by rung: a person works through hundreds by groups, some of a group, or one.
import {html, api, useRows, Table, Pager, Menu, Button, Confirm, Dialog, Failure, Busy, Instant, t, has, may, money, number, plural, toast} from './base.js'
import {useState} from './lib_hooks.js'
import {Customer, Invoices, Message, Sums, outletName, stepName} from './outbox_message.js'

// ---- reasons ----

// Which reason a group stands under, in the order in which they are shown.
const reasonOf = g => g.state === 'ready' ? g.gate ? `gate.${g.gate}` : 'goes' : `waits.${g.state}`
const ORDER = ['waits.unknown', 'waits.dead', 'goes', 'waits.held', 'waits.approved', 'waits.deferred']
const rank = r => { const i = ORDER.indexOf(r); return i < 0 ? ORDER.length : i }

export function addSums(all, sums) {
  for (const m of sums) {
    const decimals = (m.amount.split('.')[1] || '').length
    const minor = BigInt(m.amount.replace('.', ''))
    const at = all[m.currency] || {minor: 0n, decimals}
    all[m.currency] = {minor: at.minor + minor, decimals}
  }
  return all
}
export const sumsOf = all => Object.entries(all).map(([currency, {minor, decimals}]) => {
  const digits = String(minor < 0n ? -minor : minor).padStart(decimals + 1, '0')
  const whole = decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits
  return {amount: (minor < 0n ? '-' : '') + whole, currency}
})
export const total = groups => sumsOf(groups.reduce((all, g) => addSums(all, g.open), {}))

export function byReason(groups) {
  const found = new Map()
  for (const g of groups) {
    const key = reasonOf(g)
    if (!found.has(key)) found.set(key, {key, groups: []})
    found.get(key).groups.push(g)
  }
  return [...found.values()].map(r => ({...r, count: r.groups.reduce((n, g) => n + g.count, 0), open: total(r.groups)})).sort((a, b) => rank(a.key) - rank(b.key) || b.count - a.count)
}

// ---- acts ----

const ACTS = {ready: ['hold', 'skip'], approved: ['hold', 'skip'], deferred: ['hold', 'skip'], held: ['release', 'skip'], dead: ['skip'], unknown: []}
const keyOf = ({state, gate, ladder, rung, outlet}) => ({state, gate, ladder, rung, outlet})
export const keyText = g => [g.state, g.gate, g.ladder, g.rung, g.outlet].join('\n')
export const amounts = sums => sums.map(money).join(' + ')

// All of a group, a request for each 500, up to the last one that was counted.
async function doGroup(act, group) {
  const all = {done: 0, left: 0, left_out: []}
  for (let after = '0'; after !== null;) {
    const a = await api.post('/api/today/messages', {act, group: keyOf(group), last: group.last, after})
    all.done += a.done
    all.left += a.left
    all.left_out.push(...a.left_out)
    after = a.next
  }
  all.left = Math.max(all.left, group.count - all.done)
  return all
}

// What changed meanwhile is said, not passed over.
export function LeftOut({result, onClose}) {
  return html`<${Dialog} title=${t('left.title')} onClose=${onClose} foot=${html`<${Button} kind="primary" run=${onClose}>${t('close')}<//>`}>
    <p>${t('left.words', number(result.done), number(result.left))}</p>
    ${result.left_out.length > 0 && html`<ul>${result.left_out.slice(0, 20).map(x => html`<li key=${x.id}>${x.id}: ${x.why}</li>`)}</ul>`}<//>`
}

export function useActs(done) {
  const [left, setLeft] = useState(null)
  const through = (result, words) => {
    if (result.left) setLeft(result)
    else toast(words(number(result.done)))
    done()
  }
  return {through, dialog: left && html`<${LeftOut} result=${left} onClose=${() => setLeft(null)} />`}
}

// ---- the rows of a group ----

function Rows({group, me, acts}) {
  const list = useRows('/api/today/messages', keyOf(group), ['today', 'outbox'])
  const [picked, setPicked] = useState(new Set())
  const [open, setOpen] = useState(null)
  const works = may(me, 'operator') && ACTS[group.state].length > 0
  const some = async act => {
    const a = await api.post('/api/today/messages', {act, ids: [...picked]})
    setPicked(new Set())
    acts.through(a, n => t(`today.${act}.done`, n))
  }
  const columns = [
    {key: 'name', name: t('message.customer'), head: true, cell: r => html`<${Customer} row=${r} />${r.recipient && html`<br /><span class="muted small wrap-any">${r.recipient}</span>`}`},
    {key: 'invoice', name: t('message.invoice'), cell: r => html`<${Invoices} row=${r} />`},
    {key: 'open', name: t('message.open'), right: true, cell: r => html`<${Sums} of=${r.open} />`},
    {key: 'subject', name: t('message.what'), cell: r => html`${r.subject || r.what}${r.gaps && html` <span class="warn small">${t('message.gaps')}</span>`}`},
    {key: 'reason', name: t('message.why'), cell: r => html`${r.reason}${r.next_try && html` <span class="muted"><${Instant} value=${r.next_try} style="short" /></span>`}`}]
  return html`<div class="stack rows-of-group"><${Failure} error=${list.error} retry=${list.reload} />
    ${!list.rows ? html`<${Busy} lines="3" />` : html`<${Table} rows=${list.rows} columns=${columns} label=${t('today.rows', stepName(group))} open=${r => setOpen(r.id)} picked=${works ? picked : undefined} onPick=${setPicked}
      empty=${t('today.rows.none')} /><${Pager} list=${list} />`}
    ${picked.size > 0 && html`<div class="picked" role="region" aria-label=${t('today.picked', number(picked.size))}><span>${t('today.picked', number(picked.size))} · ${amounts(total(list.rows.filter(r => picked.has(r.id))))}</span>
      ${ACTS[group.state].map(act => html`<${Button} key=${act} kind=${act === 'skip' ? 'danger' : ''} run=${() => some(act)}>${t(`today.${act}`)}<//>`)}</div>`}
    ${open && html`<${Message} id=${open} me=${me} onClose=${() => setOpen(null)} />`}</div>`
}

// ---- groups ----

export function Reason({reason, me, reload, next}) {
  const [open, setOpen] = useState(new Set())
  const [ask, setAsk] = useState(null)
  const acts = useActs(reload)
  const toggle = g => {
    const now = new Set(open)
    if (!now.delete(keyText(g))) now.add(keyText(g))
    setOpen(now)
  }
  const menu = g => may(me, 'operator') && ACTS[g.state].length > 0 && html`<${Menu} label=${t('today.group.acts', stepName(g))} kind="small" items=${ACTS[g.state].map(act =>
    ({name: t(`today.${act}.all`, number(g.count)), danger: act === 'skip', run: () => setAsk({act, group: g})}))}>${t('actions')}<//>`
  const columns = [
    {key: 'step', name: t('message.step'), head: true, cell: g => html`<button type="button" class="button quiet small" aria-expanded=${open.has(keyText(g)) ? 'true' : 'false'} onClick=${() => toggle(g)}>${stepName(g) || t('today.no_step')}</button>`},
    {key: 'outlet', name: t('outbox.channel'), cell: g => outletName(g.outlet)},
    {key: 'count', name: t('today.messages'), right: true, cell: g => number(g.count)},
    {key: 'open', name: t('message.open'), right: true, cell: g => html`<${Sums} of=${g.open} />`}]
  const words = has(reason.key) ? t(reason.key, next) : reason.key
  return html`<section class="panel"><div class="row between"><h3>${words}</h3><span class="muted">${plural('today.count', reason.count)} · ${amounts(reason.open)}</span></div>
    ${has(`${reason.key}.is`) && html`<p class="muted">${t(`${reason.key}.is`, next)}</p>`}
    <${Table} rows=${reason.groups} columns=${columns} id=${keyText} label=${words} act=${menu} />
    ${reason.groups.filter(g => open.has(keyText(g))).map(g => html`<div key=${keyText(g)}><h4>${stepName(g)} · ${outletName(g.outlet)}</h4><${Rows} group=${g} me=${me} acts=${acts} /></div>`)}
    ${ask && html`<${Confirm} title=${t(`today.${ask.act}`)} action=${t(`today.${ask.act}.all`, number(ask.group.count))} kind=${ask.act === 'skip' ? 'danger' : 'primary'} onClose=${() => setAsk(null)}
      run=${async () => acts.through(await doGroup(ask.act, ask.group), n => t(`today.${ask.act}.done`, n))}>
      <p><strong>${plural('today.count', ask.group.count)}, ${amounts(ask.group.open)}</strong></p><p>${t(`today.${ask.act}.is`)}</p><p class="muted">${t('today.meanwhile')}</p><//>`}
    ${acts.dialog}</section>`
}

