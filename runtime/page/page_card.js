// A card: what was said with its customer, what can be done with it, what happened to it.
import {html, useState, useData, api, Badge, Button, Day, Field, Instant, Loaded, Money, Notice, PageHead, Person, may, t, toast, toastError, useForm} from './base.js'
import {laneName} from './board_column.js'
import {Negotiation} from './negotiate.js'
import {Talk} from './card_talk.js'

export const area = 'board'
export const styled = true

// A change of the card that was seen: whoever was faster is told of, and the card is shown as it is now.
function useChange(card) {
  return async function change(what, body = {}) {
    try {
      const a = await api.post(`/api/cards/${card.data.card.id}/${what}`, {version: card.data.card.version, ...body})
      card.change(data => ({...data, card: a.card}))
      card.reload()
    } catch (e) {
      card.reload()
      if (e.code === 'changed_meanwhile') toast(t('card.changed'), {kind: 'bad'})
      else toastError(e)
    }
  }
}

function Work({card, columns, change}) {
  const off = !!card.closed
  return html`<section class="panel" aria-label=${t('card.work')}><div class="form">
    <${Field} label=${t('card.column')} type="select" value=${card.column} disabled=${off} onChange=${v => change('move', {column: v})}
      options=${columns.map(c => [c, laneName(c)])} />
    <${Field} label=${t('board.assignee')} type="person" value=${card.assignee} disabled=${off} onChange=${v => change('assign', {assignee: v})} />
    <${Field} label=${t('card.due')} type="date" value=${card.due} disabled=${off} onChange=${v => change('due', {due: v || null})} />
    <div class="row">${card.closed ? html`<${Button} run=${() => change('reopen')}>${t('card.reopen')}<//>` : html`<${Button} run=${() => change('close')}>${t('card.close')}<//>`}</div>
  </div></section>`
}

function Facts({card}) {
  const about = {invoice: '/invoices/', customer: '/customers/'}[card.about]
  return html`<section class="panel"><dl class="facts">
    <dt>${t('kind.customer')}</dt><dd><a href=${`/customers/${encodeURIComponent(card.customer.id)}`}>${card.customer.name}</a></dd>
    <dt>${t(`kind.${card.about}`)}</dt><dd>${about && card.about !== 'customer' ? html`<a href=${about + encodeURIComponent(card.entity)}>${card.entity}</a>` : card.entity}</dd>
    ${card.invoice && html`<dt>${t('card.open')}</dt><dd><${Money} value=${card.invoice.open} /></dd><dt>${t('card.invoice_due')}</dt><dd><${Day} value=${card.invoice.due} /></dd>`}
    <dt>${t('card.column')}</dt><dd>${laneName(card.column)}</dd>
    <dt>${t('board.assignee')}</dt><dd><${Person} who=${card.assignee} /></dd>
    ${card.due && html`<dt>${t('card.due')}</dt><dd><${Day} value=${card.due} /></dd>`}
    <dt>${t('card.opened')}</dt><dd><${Day} value=${card.opened} /></dd>
  </dl></section>`
}

// "17 in force" of an agreement; of a move its column; of a due date its day.
function eventWords(e) {
  const [, state] = e.what === 'agreement' ? e.now.match(/^\d+ (.*)$/) || [] : []
  const now = e.what === 'moved' || e.what === 'opened' || e.what === 'paid' ? laneName(e.now)
    : state ? t(`board.agreement.${state.replace(' ', '_')}`) : e.now || t('card.none')
  return t(`card.event.${e.what.replace(' ', '_')}`, now)
}

const who = by => by === 'policy' || by === 'dun' ? t(`card.by.${by}`) : by

function Past({history}) {
  return html`<section class="panel"><h2>${t('card.history')}</h2><ol class="plain past">${history.map(e => html`<li>
    <span class="muted"><${Instant} value=${e.at} style="short" /> · ${who(e.by)}</span><br />${eventWords(e)}</li>`)}</ol></section>`
}

function Comment({card, onDone}) {
  const f = useForm({words: ''}, async v => {
    await api.post(`/api/cards/${card.id}/comment`, v)
    f.set({words: ''})
    onDone()
  })
  return html`<form class="form" onSubmit=${f.submit}>
    <${Field} ...${f.field('words')} label=${t('card.comment')} type="textarea" rows="2" maxlength="4000" hint=${t('card.comment_hint')} />
    ${f.problem}<div class="row"><${Button} type="submit" busy=${f.busy}>${t('card.comment_do')}<//></div></form>`
}

export default function CardPage({params, me}) {
  const card = useData(`/api/cards/${encodeURIComponent(params.id)}`, undefined, ['board', 'agreements', 'customers'])
  const lanes = useData(may(me, 'operator') ? '/api/board' : null, {limit: 1})
  const [turn, setTurn] = useState(0)
  const change = useChange(card)
  const columns = data => [...new Set([...(lanes.data?.columns || []).map(c => c.name), data.card.column])]
  return html`<${Loaded} of=${card}>${data => html`
    <${PageHead} title=${data.card.title || t('board.no_title')} sub=${html`<a href="/board">${t('board.title')}</a>`}
      badge=${html`${data.card.priority === 'high' && html`<${Badge} kind="bad">${t('board.high')}<//>`}${data.card.closed && html`<${Badge}>${t('card.is_closed')} <${Day} value=${data.card.closed} /><//>`}`} />
    <div class="card-page">
      <div class="stack"><section class="panel"><h2>${t('card.talk')}</h2><${Talk} card=${data.card} turn=${turn} />
        ${may(me, 'operator') && html`<${Comment} card=${data.card} onDone=${() => { card.reload(); setTurn(turn + 1) }} />`}</section></div>
      <div class="stack"><${Facts} card=${data.card} />
        ${data.card.about === 'invoice' && html`<${Negotiation} invoice=${data.card.entity} card=${data.card} agreements=${data.agreements} me=${me} onDone=${card.reload} />`}
        ${may(me, 'operator') && html`<${Work} card=${data.card} columns=${columns(data)} change=${change} />`}
        <${Past} history=${data.history} /></div>
    </div>`}<//>
    ${card.error?.status === 404 && html`<${Notice} kind="info"><a href="/board">${t('board.title')}</a><//>`}`
}
