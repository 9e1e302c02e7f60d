// The dialog that proposes a new due date, or instalments that add up exactly.
import {html, useState, useEffect, api, Button, Dialog, Field, Notice, money, t, toast} from './base.js'

// ---- amounts: whole numbers of the smallest unit, never binary fractions ----

const digitsOf = m => (m.amount.split('.')[1] || '').length
// "1.234,50", "1,234.50", "1234.5" as 123450; null: it is no amount. Of one sign alone with three digits behind it nobody knows.
export function minorOf(text, digits) {
  const s = text.replace(/[\s' ]/g, '')
  const mark = Math.max(s.lastIndexOf(','), s.lastIndexOf('.'))
  const fraction = mark < 0 || s.length - mark - 1 > digits ? '' : s.slice(mark + 1)
  const whole = (fraction || mark === s.length - 1 ? s.slice(0, mark) : s).replace(/[.,]/g, '')
  if (!/^\d+$/.test(whole) || !/^\d*$/.test(fraction)) return null
  return BigInt(whole + fraction.padEnd(digits, '0'))
}
export function amountOf(minor, digits) {
  const s = minor.toString().padStart(digits + 1, '0')
  return digits ? `${s.slice(0, -digits)}.${s.slice(-digits)}` : s
}
// Equal parts; what does not divide goes to the last.
export function split(minor, n) {
  const each = minor / BigInt(n)
  return Array.from({length: n}, (_, i) => i === n - 1 ? minor - each * BigInt(n - 1) : each)
}

const inMonths = (iso, n) => {
  const [y, m, d] = iso.split('-').map(Number)
  const last = new Date(Date.UTC(y, m + n, 0)).getUTCDate()
  return new Date(Date.UTC(y, m - 1 + n, Math.min(d, last))).toISOString().slice(0, 10)
}

// ---- a part ----

// A day that is none of business is said, with the next one that is.
function useBusiness(iso) {
  const [answer, set] = useState(null)
  useEffect(() => {
    set(null)
    if (!iso) return undefined
    const c = new AbortController()
    api.get('/api/calendar', {day: iso}, c.signal).then(set, () => {})
    return () => c.abort()
  }, [iso])
  return answer
}

function Part({part, i, many, error, least, onChange, onDrop}) {
  const day = useBusiness(part.due)
  const wrong = name => error?.field === `parts[${i}].${name}` || (name === 'due' && error?.field === `parts[${i}]`) ? error.message : undefined
  const hint = day && !day.business && html`${t('agreement.no_business')}${day.holiday && ` (${day.holiday})`}. <button type="button" class="button small" onClick=${() => onChange({due: day.next})}>${t('agreement.next_business')}</button>`
  return html`<div class="part-row">
    <${Field} label=${many ? t('agreement.nth', i + 1) : t('agreement.new_due')} type="date" min=${least} value=${part.due} onChange=${due => onChange({due})} hint=${hint} error=${wrong('due')} />
    <${Field} label=${t('agreement.amount')} inputmode="decimal" value=${part.amount} disabled=${!many} onChange=${amount => onChange({amount})} error=${wrong('amount')} />
    ${many && html`<${Button} kind="quiet icon" aria-label=${t('agreement.drop', i + 1)} run=${onDrop}>✕<//>`}</div>`
}

// ---- the dialog ----

function useParts(offer) {
  const digits = digitsOf(offer.open), whole = minorOf(offer.open.amount, digits)
  const [parts, set] = useState([{due: '', amount: offer.open.amount}])
  const shared = list => {
    const sums = split(whole, list.length)
    return list.map((p, i) => ({...p, amount: amountOf(sums[i], digits)}))
  }
  const minors = parts.map(p => minorOf(p.amount, digits))
  const left = minors.includes(null) ? null : minors.reduce((a, b) => a - b, whole)
  return {parts, left, digits, minors,
    change: (i, v) => set(parts.map((p, k) => k === i ? {...p, ...v} : p)),
    drop: i => set(shared(parts.filter((_, k) => k !== i))),
    add: () => set(shared([...parts, {due: parts.at(-1).due ? inMonths(parts.at(-1).due, 1) : ''}]))}
}

function Sum({list, offer}) {
  if (list.left === null) return html`<${Notice} kind="warn">${t('agreement.no_amount')}<//>`
  const cur = minor => money({amount: amountOf(minor, list.digits), currency: offer.open.currency})
  if (list.left === 0n) return html`<p class="muted" role="status">${t('agreement.adds_up', money(offer.open))}</p>`
  return html`<${Notice} kind="warn">${list.left > 0n ? t('agreement.left', cur(list.left)) : t('agreement.over', cur(-list.left))}<//>`
}

export function Proposal({offer, card, onClose, onDone}) {
  const list = useParts(offer)
  const [note, setNote] = useState('')
  const [error, setError] = useState(null)
  async function send() {
    const parts = list.parts.map((p, i) => ({due: p.due, amount: list.minors[i] === null ? p.amount : amountOf(list.minors[i], list.digits)}))
    await api.post(`/api/invoices/${encodeURIComponent(offer.invoice)}/agreements`, {parts, note, card: card?.id ?? null})
    toast(t('agreement.proposed'))
    onClose()
    onDone()
  }
  const many = list.parts.length > 1
  return html`<${Dialog} title=${t('agreement.propose_for', offer.invoice)} onClose=${onClose} wide foot=${html`<${Button} run=${onClose}>${t('cancel')}<//>
      <${Button} kind="primary" run=${send} onError=${setError} off=${list.left !== 0n}>${t('agreement.send')}<//>`}>
    <div class="form">
      <p>${t('agreement.open', money(offer.open))} ${offer.erp ? t('agreement.erp_will', offer.erp) : t('agreement.erp_not', offer.erp_why)}</p>
      ${list.parts.map((p, i) => html`<${Part} key=${i} part=${p} i=${i} many=${many} error=${error} least=${offer.today} onChange=${v => list.change(i, v)} onDrop=${() => list.drop(i)} />`)}
      <div class="row"><${Button} kind="small" run=${list.add} off=${list.parts.length >= 60}>${t('agreement.add')}<//></div>
      <${Sum} list=${list} offer=${offer} />
      <${Field} label=${t('agreement.note')} name="note" type="textarea" rows="2" value=${note} onChange=${setNote} maxlength="2000" error=${error} />
      ${error && !error.field?.startsWith('parts[') && error.field !== 'note' && html`<${Notice} kind="bad">${error.message}<//>`}
    </div><//>`
}
