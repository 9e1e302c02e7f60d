// The conversation with a card's customer: messages, replies, promises, payments, agreements, comments, the newest last.
import {html, useEffect, useState, useData, api, Button, Day, Field, Instant, Loaded, Money, t, has} from './base.js'

const SIDE = {message: 'ours', reply: 'theirs', note: 'note'}
const words = (prefix, key) => { const k = `${prefix}.${key.replaceAll(' ', '_')}`; return has(k) ? t(k) : key }

function Head({row}) {
  return html`<header><strong>${row.kind === 'note' ? row.by : words('talk.kind', row.kind)}</strong>
    ${row.at ? html`<${Instant} value=${row.at} style="short" />` : html`<${Day} value=${row.day} style="short" />`}
    ${row.channel && html`<span>${row.channel}</span>`}${row.state && row.kind === 'message' && html`<span>${words('talk.state', row.state)}</span>`}
    ${row.entity && html`<span>${row.entity}</span>`}</header>`
}

// What happened between the messages, on one line.
function Between({row}) {
  const what = row.kind === 'agreement' ? `${t('talk.kind.agreement')}: ${t(`board.agreement.${row.state.replace(' ', '_')}`)}` : words('talk.what', row.what)
  return html`<li class="between"><${Day} value=${row.day} style="short" /> · ${what} ${row.amount && html`<${Money} value=${row.amount} />`}
    ${row.date && row.kind !== 'payment' && html`→ <${Day} value=${row.date} style="short" />`} ${row.entity && html`<span>(${row.entity})</span>`}</li>`
}

const Entry = ({row}) => SIDE[row.kind] ? html`<li class=${SIDE[row.kind]}><${Head} row=${row} />
  ${row.subject && !row.text.startsWith(row.subject) && html`<strong>${row.subject}</strong>`}<div class="words">${row.text || row.what}</div>${row.reason && html`<div class="muted small">${row.reason}</div>`}</li>`
  : html`<${Between} row=${row} />`

// `turn`: asked again when it changes.
export function Talk({card, turn}) {
  const [own, setOwn] = useState(false)
  const [older, setOlder] = useState({rows: [], before: null})
  const path = `/api/cards/${card.id}/conversation`
  const talk = useData(path, {all: own ? 0 : 1}, ['customers', 'board'])
  useEffect(() => { if (turn) talk.reload() }, [turn])
  useEffect(() => setOlder({rows: [], before: null}), [own])
  async function more() {
    const a = await api.get(path, {all: own ? 0 : 1, after: older.before ?? talk.data.before})
    setOlder({rows: [...a.rows, ...older.rows], before: a.before})
  }
  const before = older.rows.length ? older.before : talk.data?.before
  return html`<div class="stack">
    ${card.about === 'invoice' && html`<${Field} label=${t('talk.own')} type="checkbox" value=${own} onChange=${setOwn} />`}
    <${Loaded} of=${talk}>${data => html`
      ${before && html`<${Button} kind="small" run=${more}>${t('talk.older')}<//>`}
      ${data.rows.length || older.rows.length ? html`<ol class="plain talk">${[...older.rows, ...data.rows].map(r => html`<${Entry} key=${r.kind + r.id} row=${r} />`)}</ol>`
      : html`<p class="muted">${t('talk.none')}</p>`}`}<//></div>`
}
